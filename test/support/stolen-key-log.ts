import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import type { SimulatedCall } from '../../src/simulate/simulated-call.ts'
import { createWorld } from '../../src/simulate/world.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Three weeks of Kong's log for forty keys, and the last hour of them with one key stolen. */
export interface StolenKeyLog {
  readonly victim: { readonly credentialId: string; readonly token: string }
  /** Until the theft. */
  readonly past: readonly SimulatedCall[]
  readonly theft: readonly SimulatedCall[]
  /** Every raw key in it. */
  readonly tokens: readonly string[]
}

/** The log ends now: records of the far past would fall to retention. */
export function stolenKeyLog(options: {
  readonly nowMs: number
  readonly seed?: number
}): StolenKeyLog {
  const { nowMs, seed = 5 } = options
  const theftMs = nowMs - HOUR_MS
  const base = {
    seed,
    tokens: 40,
    days: 21,
    startMs: nowMs - 21 * DAY_MS,
    volume: 0.3,
    lookAlikes: [],
  }
  const plain = createWorld({ ...base, attacks: [] })
  const server = plain.tokens.find(({ archetype }) => archetype === 'server') ?? plain.tokens[0]
  if (server === undefined) throw new RangeError('a world without tokens')
  const { credentialId, token } = server
  const attacks = [{ kind: 'stolen-token', startMs: theftMs, credentialId, intensity: 6 } as const]
  const calls = [...createWorld({ ...base, attacks }).events()].filter(({ tsMs }) => tsMs <= nowMs)
  return {
    victim: { credentialId, token },
    past: calls.filter(({ tsMs }) => tsMs < theftMs),
    theft: calls.filter(({ tsMs }) => tsMs >= theftMs),
    tokens: plain.tokens.map(entry => entry.token),
  }
}

/** A line of Kong's log for each call. */
export const kongLines = (calls: readonly SimulatedCall[]) => calls.map(renderKongRecord)

/** The key again, refused by a node: what Kong logs once the credential is deleted. */
export const refusedCalls = (
  call: SimulatedCall,
  nodes: readonly string[],
  nowMs: number,
): readonly SimulatedCall[] =>
  nodes.map((node, at) => ({
    ...call,
    tsMs: nowMs + at,
    node,
    status: 401,
    credentialId: undefined,
  }))
