import { renderKongRecord } from '../../src/simulate/formats/kong-record.ts'
import { createWorld } from '../../src/simulate/world.ts'

const DAY_MS = 86_400_000
/** A Monday long ago: no event of it is news by the clock, so nothing of a result depends on the day of the run. */
const START_MS = Date.UTC(2026, 0, 5)

/** What a round reads: for each partition its records, in order. The same seed gives the same, byte by byte. */
export interface Input {
  readonly seed: number
  readonly partitions: readonly (readonly string[])[]
  readonly records: number
}

/** Eighteen days of Kong's log of thirty keys, some of which are stolen toward the end. */
export function makeInput(options: { readonly seed: number; readonly partitions: number }): Input {
  const { seed, partitions: count } = options
  const world = createWorld({
    seed,
    tokens: 30,
    days: 18,
    startMs: START_MS,
    volume: 0.3,
    attacks: [
      { kind: 'stolen-token', startMs: START_MS + 12.4 * DAY_MS, intensity: 4 },
      { kind: 'stolen-token', startMs: START_MS + 14.6 * DAY_MS, intensity: 4 },
      { kind: 'enumeration', startMs: START_MS + 15.5 * DAY_MS },
      { kind: 'admin-probing', startMs: START_MS + 16.5 * DAY_MS },
      { kind: 'same-region-theft', startMs: START_MS + 17.1 * DAY_MS },
      { kind: 'exfiltration', startMs: START_MS + 17.4 * DAY_MS },
    ],
    lookAlikes: [],
  })
  const places = new Map(world.tokens.map(({ token }, at) => [token, at % count]))
  const partitions: string[][] = Array.from({ length: count }, () => [])
  for (const call of world.events()) {
    partitions[places.get(call.token) ?? 0]?.push(renderKongRecord(call))
  }
  const records = partitions.reduce((sum, lines) => sum + lines.length, 0)
  return { seed, partitions, records }
}
