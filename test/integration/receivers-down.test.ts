import { afterAll, afterEach, expect, test } from 'vitest'
import type { Action, Delivery } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { eventually } from '../support/clickhouse.ts'
import { removeFolders, type Server, startServer, stopPrograms } from '../support/program.ts'
import { startHttpReceiver, startMailReceiver } from '../support/receivers.ts'
import { kongLines, stolenKeyLog } from '../support/stolen-key-log.ts'

interface IncidentDetail {
  readonly incident: Incident
  readonly actions: readonly Action[]
  readonly deliveries: readonly Delivery[]
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const LINES_PER_REQUEST = 5_000
/** Waits between attempts, ms: three attempts. */
const SHORT = '200,400'
/** Waits that outlast the absence of a receiver. */
const PATIENT = Array.from({ length: 20 }, () => 500).join(',')
const policy = `
version: 1
rules:
  - name: stop-thieves
    match: { severityMin: high, riskMin: 70 }
    action: revoke
    revoker: webhook
    mode: auto
`
const log = stolenKeyLog({ nowMs: Date.now() - 60_000 })

afterEach(stopPrograms)
afterAll(removeFolders)

/** A program that tells and asks these receivers, and to which the theft has been posted. */
async function startWithTheft(options: {
  readonly retryDelaysMs: string
  readonly alertUrl: string
  readonly revokerUrl: string
  readonly smtpUrl: string
}): Promise<Server> {
  const server = await startServer({
    environment: {
      TOKENWATCH_ALERT_DISPATCH_RETRY_DELAYS_MS: options.retryDelaysMs,
      TOKENWATCH_RESPOND_RETRY_DELAYS_MS: options.retryDelaysMs,
      TOKENWATCH_RESPOND_POLICY: policy,
      TOKENWATCH_RESPOND_DRY_RUN: 'false',
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_URL: options.revokerUrl,
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_SECRETS: SECRET,
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_TIMEOUT_MS: '300',
      TOKENWATCH_RESPOND_REVOKERS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: options.alertUrl,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: SECRET,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_TIMEOUT_MS: '300',
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      TOKENWATCH_ALERT_CHANNELS_EMAIL_SMTP_URL: options.smtpUrl,
      TOKENWATCH_ALERT_CHANNELS_EMAIL_FROM: 'tokenwatch@example.com',
      TOKENWATCH_ALERT_CHANNELS_EMAIL_TO: 'security@example.com',
      TOKENWATCH_ALERT_CHANNELS_EMAIL_TIMEOUT_MS: '1000',
    },
  })
  const lines = [...kongLines(log.past), ...kongLines(log.theft)]
  for (let at = 0; at < lines.length; at += LINES_PER_REQUEST) {
    expect((await server.send(lines.slice(at, at + LINES_PER_REQUEST))).status).toBe(200)
  }
  return server
}

async function victimsIncident(server: Server): Promise<IncidentDetail | undefined> {
  const { incidents } = (await server.get('/v1/incidents?limit=1000')) as {
    readonly incidents: readonly Incident[]
  }
  const found = incidents.find(({ credentialId }) => credentialId === log.victim.credentialId)
  return found && ((await server.get(`/v1/incidents/${found.id}`)) as IncidentDetail)
}

/** The incident once its action has ended, no delivery waits for another attempt, and none is added. */
async function settledIncident(server: Server): Promise<IncidentDetail> {
  let last = ''
  let sinceMs = performance.now()
  return await eventually(async () => {
    const detail = await victimsIncident(server)
    const text = JSON.stringify(detail)
    if (text !== last) sinceMs = performance.now()
    last = text
    return performance.now() - sinceMs > 700 && isSettled(detail) && detail
  }, 45_000)
}

function isSettled(detail: IncidentDetail | undefined): boolean {
  const lastAttempts = [...attemptsByNotice(detail?.deliveries ?? []).values()].map(rows =>
    rows.at(-1),
  )
  return (
    detail?.actions.some(({ state }) => state === 'failed' || state === 'succeeded') === true &&
    lastAttempts.length >= 2 &&
    lastAttempts.every(row => row?.outcome !== 'retrying')
  )
}

/** Attempts in their order, for each notice on each channel. */
function attemptsByNotice(deliveries: readonly Delivery[]): Map<string, Delivery[]> {
  const groups = new Map<string, Delivery[]>()
  for (const row of deliveries.toSorted((a, b) => a.attempt - b.attempt)) {
    const notice = row.id.slice(0, row.id.lastIndexOf(':'))
    groups.set(notice, [...(groups.get(notice) ?? []), row])
  }
  return groups
}

const attemptsOn = (detail: IncidentDetail, channel: string) =>
  [...attemptsByNotice(detail.deliveries).values()].filter(([row]) => row?.channel === channel)

/** Receivers are no part of the pipeline: whatever they do, it is alive, ready and takes events. */
async function expectUndisturbed(server: Server) {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  const [line = ''] = kongLines(log.past)
  expect((await server.send([line])).status).toBe(200)
}

test('webhooks that answer 500 are tried as scheduled, then shown as failed; mail goes out', async () => {
  const times: number[] = []
  const alerts = await startHttpReceiver(() => ({ status: 500, body: 'db password is hunter2' }))
  const revocations = await startHttpReceiver(() => {
    times.push(performance.now())
    return { status: 503 }
  })
  const mails = await startMailReceiver()
  const server = await startWithTheft({
    retryDelaysMs: SHORT,
    alertUrl: alerts.url,
    revokerUrl: revocations.url,
    smtpUrl: mails.url,
  })
  const detail = await settledIncident(server)

  expect(detail.actions).toMatchObject([{ state: 'failed', attempts: 3, lastOutcome: 'HTTP 503' }])
  expect(detail.actions[0]?.effectiveMs).toBeUndefined()
  // Waits are ± 20 %; a busy machine adds to them and never takes away.
  const [first = 0, second = 0, third = 0] = times
  expect(times).toHaveLength(3)
  expect(second - first).toBeGreaterThanOrEqual(150)
  expect(third - second).toBeGreaterThanOrEqual(310)
  expect(new Set(revocations.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(
    1,
  )

  const failed = attemptsOn(detail, 'webhook')
  expect(failed.length).toBeGreaterThan(0)
  for (const attempts of failed) {
    expect(attempts.map(({ outcome, detail: told }) => [outcome, told])).toEqual([
      ['retrying', 'HTTP 500'],
      ['retrying', 'HTTP 500'],
      ['failed', 'HTTP 500'],
    ])
  }
  for (const attempts of attemptsOn(detail, 'email')) {
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['delivered'])
  }
  // People are told by the channel that works that the key is still good.
  expect(mails.received.some(({ text }) => /failed/i.test(text ?? ''))).toBe(true)
  const { entries } = (await server.get('/v1/audit?limit=1000')) as {
    readonly entries: readonly { readonly verb: string }[]
  }
  expect(entries.map(({ verb }) => verb)).toEqual(
    expect.arrayContaining(['action.failed', 'alert.failed']),
  )
  await expectUndisturbed(server)
  expect(JSON.stringify(detail) + server.errors()).not.toContain('hunter2')
  await Promise.all([alerts.close(), revocations.close(), mails.close()])
})

test('no answer is a failed attempt, a redirect and a refused mail are final', async () => {
  const elsewhere = await startHttpReceiver()
  const alerts = await startHttpReceiver(() => undefined)
  const revocations = await startHttpReceiver(() => ({
    status: 302,
    headers: { location: elsewhere.url },
  }))
  const mails = await startMailReceiver({
    refuse: () => Object.assign(new Error('no such user'), { responseCode: 550 }),
  })
  const server = await startWithTheft({
    retryDelaysMs: SHORT,
    alertUrl: alerts.url,
    revokerUrl: revocations.url,
    smtpUrl: mails.url,
  })
  const detail = await settledIncident(server)

  expect(detail.actions).toMatchObject([{ state: 'failed', attempts: 1 }])
  expect(detail.actions[0]?.lastOutcome).toMatch(/302.*redirect/)
  expect(elsewhere.received).toEqual([])
  for (const attempts of attemptsOn(detail, 'webhook')) {
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['retrying', 'retrying', 'failed'])
    expect(attempts.at(-1)?.detail).toMatch(/time/i)
  }
  const mailed = attemptsOn(detail, 'email')
  expect(mailed.length).toBeGreaterThan(0)
  for (const attempts of mailed) expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed'])
  await expectUndisturbed(server)
  await Promise.all([alerts.close(), revocations.close(), mails.close(), elsewhere.close()])
})

test('receivers that come back before the schedule ends get everything once', async () => {
  const away = await Promise.all([startHttpReceiver(), startHttpReceiver(), startMailReceiver()])
  const [alertsAway, revocationsAway, mailsAway] = away
  await Promise.all(away.map(receiver => receiver.close()))
  const server = await startWithTheft({
    retryDelaysMs: PATIENT,
    alertUrl: alertsAway.url,
    revokerUrl: revocationsAway.url,
    smtpUrl: mailsAway.url,
  })
  await eventually(async () => {
    const detail = await victimsIncident(server)
    const isTried = (channel: string) =>
      detail?.deliveries.some(row => row.channel === channel && row.outcome === 'retrying')
    return (
      detail?.actions.some(({ attempts }) => attempts > 1) && isTried('email') && isTried('webhook')
    )
  })
  await expectUndisturbed(server)

  const alerts = await startHttpReceiver(undefined, alertsAway.port)
  const revocations = await startHttpReceiver(undefined, revocationsAway.port)
  const mails = await startMailReceiver({ port: mailsAway.smtpPort })
  const detail = await settledIncident(server)
  expect(detail.actions).toMatchObject([{ state: 'succeeded', lastOutcome: 'HTTP 204' }])
  expect(revocations.received).toHaveLength(1)
  for (const channel of ['email', 'webhook']) {
    for (const attempts of attemptsOn(detail, channel)) {
      expect(
        attempts.map(({ outcome }) => outcome).filter(outcome => outcome !== 'retrying'),
      ).toEqual(['delivered'])
    }
  }
  const ofVictim = alerts.received.filter(({ body }) => body.includes(detail.incident.id))
  expect(new Set(ofVictim.map(({ headers }) => headers['webhook-id'])).size).toBe(ofVictim.length)
  expect(ofVictim.length).toBe(attemptsOn(detail, 'webhook').length)
  const mailIds = mails.received.map(({ messageId }) => messageId)
  expect(new Set(mailIds).size).toBe(mailIds.length)
  expect(mailIds.length).toBeGreaterThanOrEqual(attemptsOn(detail, 'email').length)
  await Promise.all([alerts.close(), revocations.close(), mails.close()])
})
