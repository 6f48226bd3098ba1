/**
 * From an event posted to `POST /v1/events` to the alert webhook received: the whole program, warmed with
 * three weeks of simulated past. Each sample is one call of another token from a country that neither the
 * token nor its tenant has called from, with a new client, on an endpoint that it may not call.
 *   npx tsx test/bench/latency.ts [--samples N]
 *
 * The alert budget is wide, so that every such call alerts; what is measured is the way, not the judgment.
 */
import { renderTokenwatchEvent } from '../../src/simulate/formats/tokenwatch-event.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { removeFolders, startServer, stopPrograms } from '../support/program.ts'
import { startHttpReceiver } from '../support/receivers.ts'
import { numberOption, print, quantile, report, round } from './report.ts'

const samples = numberOption('samples', 100)
const seed = 1
const DAY_MS = 86_400_000
const LINES_PER_REQUEST = 10_000
const WAIT_MS = 10_000

const nowMs = Date.now()
const world = createWorld({
  seed,
  tokens: samples * 2,
  days: 21,
  startMs: nowMs - 21 * DAY_MS,
  volume: 0.2,
  attacks: [],
  lookAlikes: [],
})
const receiver = await startHttpReceiver()
try {
  const server = await startServer({
    environment: {
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_URL: receiver.url,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 3).toString('base64')}`,
      TOKENWATCH_ALERT_CHANNELS_WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
      TOKENWATCH_SCORE_ALERT_BUDGET_PER1000_TOKEN_DAYS: '100',
    },
  })
  const last = new Map<string, SimulatedCall>()
  const lines: string[] = []
  for (const call of world.events()) {
    if (call.tsMs > nowMs) break
    if (call.credentialId !== undefined) last.set(call.credentialId, call)
    lines.push(renderTokenwatchEvent(call))
    if (lines.length >= LINES_PER_REQUEST) await server.send(lines.splice(0))
  }
  if (lines.length > 0) await server.send(lines)
  print(`warmed with ${last.size} tokens; ${receiver.received.length} alerts on the way`)

  const delaysMs: number[] = []
  let missed = 0
  for (const [credentialId, call] of [...last].slice(0, samples)) {
    const stolen = { ...call, tsMs: Date.now(), ip: '41.203.72.10', asn: 37_148, country: 'NG' }
    const odd = {
      ...stolen,
      userAgent: 'masscan/1.3',
      path: '/admin/users',
      method: 'GET',
      status: 403,
    }
    const from = receiver.received.length
    const startMs = performance.now()
    const sent = server.send([renderTokenwatchEvent(odd)])
    const isTold = () =>
      receiver.received.slice(from).some(({ body }) => body.includes(credentialId))
    while (!isTold() && performance.now() - startMs < WAIT_MS) {
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    if (isTold()) delaysMs.push(performance.now() - startMs)
    else missed += 1
    await sent
  }
  const results = {
    samples: delaysMs.length,
    missed,
    p50Ms: round(quantile(delaysMs, 0.5)),
    p99Ms: round(quantile(delaysMs, 0.99)),
    maxMs: round(Math.max(...delaysMs)),
  }
  print(
    `${results.samples} alerts: p50 ${results.p50Ms} ms, p99 ${results.p99Ms} ms; ${missed} calls did not alert`,
  )
  server.process.kill('SIGTERM')
  await server.ended
  report({ bench: 'latency', seed, results })
} finally {
  stopPrograms()
  await receiver.close()
  removeFolders()
}
