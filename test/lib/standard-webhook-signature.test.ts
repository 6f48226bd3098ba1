import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { decodeWebhookSecret, signWebhook } from '../../src/lib/standard-webhook-signature.ts'

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`
const key = (secret: string) => {
  const result = decodeWebhookSecret(secret)
  if (!result.ok) throw new Error('no key')
  return result.value
}

test('the reference implementation accepts it, and with either secret of a rotation', () => {
  const [older, newer] = [secretOf(24), secretOf(64)]
  const body = '{"type":"token.revoke","data":{"tenant":"Zürich"}}'
  const headers = signWebhook({ id: 'act_1', atMs: Date.now(), body }, [key(newer), key(older)])
  for (const secret of [older, newer]) {
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
  }
  expect(() => new Webhook(secretOf(32)).verify(body, headers)).toThrow()
  expect(() => new Webhook(older).verify(body.replace('Z', 'z'), headers)).toThrow()
})

test('the example of the specification has its signature', () => {
  // Standard Webhooks, "Signature scheme", the example secret and payload of the reference libraries.
  const headers = signWebhook(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      atMs: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    },
    [key('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
  )
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  expect(headers['webhook-timestamp']).toBe('1614265330')
})

test.each([
  '',
  'whsec_',
  'whsec_short',
  secretOf(23),
  secretOf(65),
  secretOf(32).slice(6),
  'whsec_***',
])('%s is no secret', secret => {
  expect(decodeWebhookSecret(secret)).toEqual({ ok: false, reason: 'not_a_webhook_secret' })
})

test('an id with the separator of the signed content is a mistake', () => {
  const message = { id: 'a.b', atMs: 0, body: '' }
  expect(() => signWebhook(message, [Buffer.alloc(24)])).toThrow(RangeError)
  expect(() => signWebhook({ ...message, id: 'a' }, [])).toThrow(RangeError)
})
