import { setTimeout as delay } from 'node:timers/promises'
import type { Cut } from '../../support/cutting-proxy.ts'
import type { FaultKind } from '../fault-kind.ts'

/** How long to wait for a request of the kind that is to be cut, ms. */
const WAIT_MS_MAX = 4_000

const requests = [
  'INSERT+INTO+access_events',
  'INSERT+INTO+access_events',
  'INSERT+INTO+access_events',
  'INSERT+INTO+findings',
  'INSERT+INTO+incident_events',
  'INSERT+INTO+token_baselines',
  'INSERT+INTO+baseline_snapshots',
  'INSERT+INTO+deliveries',
]

/** One member's connection is cut while it carries a write: before the server has all of it, or after it was done. */
const cutting = (id: string, draw: (bytes: number) => Cut): FaultKind => ({
  id,
  members: 1,
  async inflict({ members }, random) {
    const matching = random.pick(requests)
    const cut = draw(random.integer(60_000))
    const before = members.map(({ proxy }) => proxy.cuts)
    const isCut = () => members.some(({ proxy }, at) => proxy.cuts > (before[at] ?? 0))
    for (const { proxy } of members) proxy.cutNext(cut, matching)
    for (let waitedMs = 0; waitedMs < WAIT_MS_MAX && !isCut(); waitedMs += 50) await delay(50)
    const request = matching.replaceAll('+', ' ')
    if (isCut()) return `${request}: cut at its ${cut.at}`
    for (const { proxy } of members) {
      proxy.cutNext({ at: 'never' }, matching)
      proxy.cutAll()
    }
    return `no ${request} came; all connections to ClickHouse cut`
  },
})

export const cutRequest = cutting('cut-request', bytes => ({ at: 'request', bytes }))
export const cutResponse = cutting('cut-response', () => ({ at: 'response' }))
