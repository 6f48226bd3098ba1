import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import Value from 'typebox/value'
import { afterEach, describe, expect, test } from 'vitest'
import type { ChannelType, Notice } from '../../src/alert/channel.ts'
import { ChannelSettings, channelFaults, channels } from '../../src/alert/channels/index.ts'
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts'

interface Fixture {
  readonly receiver: 'http' | 'smtp'
  readonly settings: Readonly<Record<string, unknown>>
  readonly notice: Notice
}

const folder = resolve(import.meta.dirname, '../fixtures/channels')
const read = (id: string, file: string) => {
  const path = resolve(folder, id, file)
  if (!existsSync(path)) throw new Error(`the channel ${id} has no ${path}`)
  return JSON.parse(readFileSync(path, 'utf8'))
}
const secret = `whsec_${randomBytes(32).toString('base64')}`

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** The channel as the fixture sets it up, sending to the address. */
function open(type: ChannelType, { settings }: Fixture, url: string) {
  const filled = JSON.parse(
    JSON.stringify(settings).replace('{receiver}', url).replace('{secret}', secret),
  )
  const complete = { ...(Value.Create(type.settings) as object), ...filled }
  expect(type.faults(complete)).toEqual([])
  const channel = type.open(complete, {
    clock: Date.now,
    consoleUrl: 'https://tokenwatch.example.com',
  })
  if (channel === undefined) throw new Error(`${type.id} is not configured by its fixture`)
  closing.push(() => channel.close())
  return channel
}

async function startHttp(...answer: Parameters<typeof startHttpReceiver>) {
  const receiver = await startHttpReceiver(...answer)
  closing.push(receiver.close)
  return receiver
}

async function startMail(...options: Parameters<typeof startMailReceiver>) {
  const receiver = await startMailReceiver(...options)
  closing.push(receiver.close)
  return receiver
}

test('every channel has its settings, is off by default, and has no faults then', () => {
  expect(Object.keys(ChannelSettings.properties)).toEqual(channels.map(({ id }) => id))
  const defaults = Value.Create(ChannelSettings)
  expect(channelFaults(defaults)).toEqual([])
  for (const type of channels) {
    const settings = Value.Create(type.settings)
    expect(type.open(settings, { clock: Date.now, consoleUrl: '' })).toBeUndefined()
  }
})

describe.each(channels.map(type => ({ id: type.id, type })))('channel $id', ({ id, type }) => {
  const fixture: Fixture = read(id, 'incident.json')
  const expected = read(id, 'request.json')

  test('what a receiver gets is the fixture', async () => {
    const isMail = fixture.receiver === 'smtp'
    const receiver = isMail ? await startMail() : await startHttp()
    const channel = open(type, fixture, receiver.url)
    expect(channel.id).toBe(id)
    expect(await channel.send(fixture.notice)).toMatchObject({ kind: 'accepted' })
    if ('port' in receiver) {
      const [request, ...more] = receiver.received
      expect(more).toEqual([])
      expect(request).toMatchObject({ ...expected, body: expect.any(String) })
      expect(JSON.parse(request?.body ?? '')).toEqual(expected.body)
    } else {
      const [mail, ...more] = receiver.received
      expect(more).toEqual([])
      const headers = Object.fromEntries(
        Object.keys(expected.headers).map(name => [name, mail?.headers.get(name)]),
      )
      const to = [mail?.to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address))
      const { subject, text, html, messageId, inReplyTo } = mail ?? {}
      expect({ subject, to, from: mail?.from?.text, messageId, inReplyTo }).toEqual({
        subject: expected.subject,
        to: expected.to,
        from: expected.from,
        messageId: expected.messageId,
        inReplyTo: expected.inReplyTo,
      })
      expect(headers).toEqual(expected.headers)
      expect(text?.trimEnd().split('\n')).toEqual(expected.text)
      expect(html).toBe(expected.html)
    }
  })

  test('a receiver that is not there is worth another try', async () => {
    const receiver = await startHttpReceiver()
    const channel = open(type, fixture, receiver.url.replace('http:', urlScheme(fixture)))
    await receiver.close()
    const outcome = await channel.send(fixture.notice)
    expect(outcome).toMatchObject({ kind: 'unavailable' })
    expect(JSON.stringify(outcome)).not.toContain(secret)
  })
})

const urlScheme = ({ receiver }: Fixture) => (receiver === 'smtp' ? 'smtp:' : 'http:')

const signed = channels
  .filter(({ settings }) => 'secrets' in (Value.Create(settings) as object))
  .map(type => ({ id: type.id, type }))

describe.each(signed)('signed channel $id', ({ id, type }) => {
  const fixture: Fixture = read(id, 'incident.json')

  test('the reference implementation accepts the signature', async () => {
    const { received, url } = await startHttp()
    await open(type, fixture, url).send(fixture.notice)
    const [request] = received
    const headers = request?.headers as Record<string, string>
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toBeTruthy()
    const other = `whsec_${randomBytes(32).toString('base64')}`
    expect(() => new Webhook(other).verify(request?.body ?? '', headers)).toThrow()
  })

  test('with two secrets, a receiver that knows either one accepts it', async () => {
    const { received, url } = await startHttp()
    const next = `whsec_${randomBytes(24).toString('base64')}`
    const rotating = { ...fixture, settings: { ...fixture.settings, secrets: [next, secret] } }
    await open(type, rotating, url).send(fixture.notice)
    for (const known of [next, secret]) {
      const headers = received[0]?.headers as Record<string, string>
      expect(new Webhook(known).verify(received[0]?.body ?? '', headers)).toBeTruthy()
    }
  })

  test.each([
    [{ status: 302, headers: { location: 'http://127.0.0.1:9/' } }, { kind: 'refused' }],
    [{ status: 410 }, { kind: 'refused' }],
    [
      { status: 429, headers: { 'retry-after': '17' } },
      { kind: 'unavailable', retryAfterMs: 17_000 },
    ],
    [
      { status: 503, body: 'our secret is out' },
      { kind: 'unavailable', detail: 'HTTP 503' },
    ],
  ])('the answer %o is %o', async (answer, outcome) => {
    const { received, url } = await startHttp(() => answer)
    expect(await open(type, fixture, url).send(fixture.notice)).toMatchObject(outcome)
    expect(received).toHaveLength(1)
  })

  test('a private address is not called unless it is allowed', async () => {
    const { received, url } = await startHttp()
    const settings = { ...fixture.settings, allowPrivateTargets: false }
    const outcome = await open(type, { ...fixture, settings }, url).send(fixture.notice)
    expect(outcome).toMatchObject({ kind: 'refused' })
    expect(received).toEqual([])
  })

  test('an address without a secret, and a secret that is none, are faults', () => {
    const settings = { ...(Value.Create(type.settings) as object), url: 'ftp://x', secrets: [] }
    expect(type.faults(settings).map(({ path }) => path)).toEqual(['url', 'secrets'])
    const wrong = { ...settings, url: 'https://example.com', secrets: [secret, 'hunter2'] }
    const faults = type.faults(wrong)
    expect(faults.map(({ path }) => path)).toEqual(['secrets.1'])
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })
})

const mailed = channels
  .filter(({ id }) => read(id, 'incident.json').receiver === 'smtp')
  .map(type => ({ id: type.id, type }))

describe.each(mailed)('mailing channel $id', ({ id, type }) => {
  const fixture: Fixture = read(id, 'incident.json')

  test.each([
    [550, 'refused'],
    [451, 'unavailable'],
  ])('a recipient refused with %i is %s', async (responseCode, kind) => {
    const refuse = () => Object.assign(new Error('no such user'), { responseCode })
    const { received, url } = await startMail({ refuse })
    const outcome = await open(type, fixture, url).send(fixture.notice)
    expect(outcome).toMatchObject({ kind, detail: expect.stringContaining(`SMTP ${responseCode}`) })
    expect(outcome.detail).not.toContain('no such user')
    expect(received).toEqual([])
  })

  test('the mails of one incident are one thread', async () => {
    const { received, url } = await startMail()
    const channel = open(type, fixture, url)
    const { notice } = fixture
    if (!('incident' in notice)) throw new Error('the fixture is no incident')
    const first = { ...notice, id: `${notice.incident.id}-1`, kind: 'opened' } as const
    await channel.send(first as Notice)
    await channel.send(notice)
    const [opening, following] = received
    expect(opening?.inReplyTo).toBeUndefined()
    expect(following?.inReplyTo).toBe(opening?.messageId)
    expect(following?.references).toBe(opening?.messageId)
  })
})
