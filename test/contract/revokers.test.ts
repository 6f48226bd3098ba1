import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import Value from 'typebox/value'
import { afterEach, describe, expect, test } from 'vitest'
import type { Action } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { RevokerType } from '../../src/respond/revoker.ts'
import { RevokerSettings, revokerFaults, revokers } from '../../src/respond/revokers/index.ts'
import { type ReceivedRequest, startHttpReceiver } from '../support/receivers.ts'

interface Fixture {
  readonly settings: Readonly<Record<string, unknown>>
  readonly action: Action
  readonly incident: Incident
}

const folder = resolve(import.meta.dirname, '../fixtures/revokers')
const read = (id: string, file: string) => {
  const path = resolve(folder, id, file)
  if (!existsSync(path)) throw new Error(`the revoker ${id} has no ${path}`)
  return JSON.parse(readFileSync(path, 'utf8'))
}
const secret = `whsec_${randomBytes(32).toString('base64')}`

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function open(type: RevokerType, { settings }: Fixture, url: string) {
  const filled = JSON.parse(
    JSON.stringify(settings).replace('{receiver}', url).replace('{secret}', secret),
  )
  const complete = { ...(Value.Create(type.settings) as object), ...filled }
  expect(type.faults(complete)).toEqual([])
  const revoker = type.open(complete, { clock: Date.now })
  if (revoker === undefined) throw new Error(`${type.id} is not configured by its fixture`)
  closing.push(() => revoker.close())
  return revoker
}

async function start(...answer: Parameters<typeof startHttpReceiver>) {
  const receiver = await startHttpReceiver(...answer)
  closing.push(receiver.close)
  return receiver
}

test('every revoker has its settings, is off by default, and has no faults then', () => {
  expect(Object.keys(RevokerSettings.properties)).toEqual(revokers.map(({ id }) => id))
  expect(revokerFaults(Value.Create(RevokerSettings))).toEqual([])
  for (const type of revokers) {
    expect(type.open(Value.Create(type.settings), { clock: Date.now })).toBeUndefined()
  }
})

describe.each(revokers.map(type => ({ id: type.id, type })))('revoker $id', ({ id, type }) => {
  const fixture: Fixture = read(id, 'action.json')
  const expected = read(id, 'request.json')
  const { action, incident } = fixture

  test('what a receiver gets is the fixture, signed', async () => {
    const { received, url } = await start()
    const outcome = await open(type, fixture, url).call(action, incident)
    expect(outcome).toMatchObject({ kind: 'accepted' })
    const [request, ...more] = received
    expect(more).toEqual([])
    expect(request).toMatchObject({ ...expected, body: expect.any(String) })
    expect(JSON.parse(request?.body ?? '')).toEqual(expected.body)
    const headers = request?.headers as Record<string, string>
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toBeTruthy()
  })

  test('a second call has the same key, so a receiver that knows it does nothing', async () => {
    const done = new Map<string, number>()
    const { received, url } = await start((request: ReceivedRequest) => {
      const key = String(request.headers['idempotency-key'])
      if (!done.has(key)) done.set(key, done.size)
      return { status: 200 }
    })
    const revoker = open(type, fixture, url)
    await revoker.call(action, incident)
    await revoker.call({ ...action, attempts: 1, version: 2 }, incident)
    expect(received).toHaveLength(2)
    expect([...done.keys()]).toEqual([action.id])
    expect(received[1]?.body).toBe(received[0]?.body)
  })

  test.each(['restrict', 'suspend', 'revoke'] as const)('%s is named', async kind => {
    const { received, url } = await start()
    await open(type, fixture, url).call({ ...action, kind }, undefined)
    expect(received[0]?.body).toContain(kind)
  })

  test.each([
    [{ status: 308, headers: { location: 'http://127.0.0.1:9/' } }, { kind: 'refused' }],
    [{ status: 404 }, { kind: 'refused' }],
    [{ status: 410 }, { kind: 'refused' }],
    [
      { status: 503, headers: { 'retry-after': '3' }, body: 'token sk_live_leak' },
      { kind: 'unavailable', detail: 'HTTP 503', retryAfterMs: 3_000 },
    ],
  ])('the answer %o is %o', async (answer, outcome) => {
    const { url } = await start(() => answer)
    expect(await open(type, fixture, url).call(action, incident)).toMatchObject(outcome)
  })

  test('a receiver that is not there is worth another try', async () => {
    const receiver = await startHttpReceiver()
    await receiver.close()
    const outcome = await open(type, fixture, receiver.url).call(action, incident)
    expect(outcome).toEqual({
      kind: 'unavailable',
      detail: 'connection refused',
      retryAfterMs: undefined,
    })
  })
})
