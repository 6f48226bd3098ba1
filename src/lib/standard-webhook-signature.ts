import { createHmac } from 'node:crypto'
import type { Result } from './result.ts'

const PREFIX = 'whsec_'
/** What the specification asks of a secret. */
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64

/**
 * The key inside a secret of the form `whsec_` + base64.
 *
 * @returns 24 to 64 bytes, or `not_a_webhook_secret`
 */
export function decodeWebhookSecret(secret: string): Result<Buffer, 'not_a_webhook_secret'> {
  const encoded = secret.slice(PREFIX.length)
  const key = Buffer.from(encoded, 'base64')
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)
  const fits = key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX
  if (!(secret.startsWith(PREFIX) && isBase64 && fits)) {
    return { ok: false, reason: 'not_a_webhook_secret' }
  }
  return { ok: true, value: key }
}

/**
 * The three headers of a signed webhook: `v1,` and the base64 HMAC-SHA256 of `id.seconds.body`, once
 * per key, so that a receiver that knows the old or the new secret of a rotation accepts it.
 *
 * @param message.id - same on every attempt: the receiver's idempotency key; without a full stop,
 *   which is the separator of the signed content
 * @param message.atMs - time of this attempt, ms since epoch; receivers tolerate five minutes
 * @param keys - decoded secrets, at least one
 * @throws RangeError when the id has a full stop or no key is given
 * @see Standard Webhooks 1.0.0 (2023), https://www.standardwebhooks.com
 */
export function signWebhook(
  message: { readonly id: string; readonly atMs: number; readonly body: string },
  keys: readonly Buffer[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const { id, atMs, body } = message
  if (id === '' || id.includes('.')) throw new RangeError('a webhook id has no full stop')
  if (keys.length === 0) throw new RangeError('a webhook is signed with at least one key')
  const seconds = String(Math.floor(atMs / 1000))
  const signatures = keys.map(
    key => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`,
  )
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  }
}
