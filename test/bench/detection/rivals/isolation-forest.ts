import type { AccessEvent } from '../../../../src/domain/access-event.ts'
import { createRandom, type Random } from '../../../../src/simulate/random.ts'
import { dayMs } from '../../../support/traffic.ts'
import type { Alert } from '../judge.ts'
import { averageDepth, growTree, type IsolationNode, isolationDepth } from './isolation-tree.ts'
import type { Rival } from './rival.ts'
import { createTokenHours, type TokenHour } from './token-hours.ts'

const treesCount = 100
const sampleSize = 256
const trainingDays = [3, 10] as const
const activeHoursMin = 24
const scoreMin = 0.5

interface Memory {
  activeHours: number
  /** Sums of the logarithms of requests, bytes and distinct objects, for the token's own means. */
  readonly sums: [number, number, number]
  readonly seen: readonly Set<unknown>[]
  /** New values of each kind in the open hour. */
  news: number[]
  refused: number
  missing: number
  readonly objects: Set<number>
}

const kinds: readonly ((event: AccessEvent) => string | number)[] = [
  ({ ip }) => ip,
  ({ prefix }) => prefix,
  ({ asn }) => asn,
  ({ country }) => country,
  ({ client }) => client,
  ({ method, route }) => `${method} ${route}`,
]

/**
 * Isolation forest over active token-hours: volumes against the token's own mean, new values, refusals,
 * hour of the day. Fitted once, on days 3 to 10; a token is scored after 24 active hours.
 *
 * @see Liu, Ting, Zhou (2008), Isolation Forest
 */
export function createIsolationForest(): Rival {
  const alerts: Alert[] = []
  const random = createRandom('isolation-forest')
  let samples: number[][] = []
  let trees: readonly IsolationNode[] | undefined
  let startMs: number | undefined

  /** The forest, once there is one. */
  function learn(row: number[], activeHours: number, nowMs: number) {
    if (trees !== undefined) return trees
    const day = (nowMs - (startMs ?? nowMs)) / dayMs
    if (day >= trainingDays[0] && activeHours > 4) samples.push(row)
    if (day < trainingDays[1] || samples.length < sampleSize) return undefined
    trees = plant(samples, random)
    samples = []
    return trees
  }

  function close(hour: TokenHour<Memory>, nowMs: number): void {
    const row = describe(hour)
    const { activeHours } = hour.memory
    const forest = learn(row, activeHours, nowMs)
    if (forest === undefined || activeHours <= activeHoursMin) return
    const depth = forest.reduce((sum, tree) => sum + isolationDepth(tree, row), 0) / treesCount
    const score = 2 ** (-depth / averageDepth(sampleSize))
    if (score > scoreMin) alerts.push({ token: hour.token, tsMs: nowMs, score })
  }

  const hours = createTokenHours({ createMemory, close })
  return {
    name: 'isolation-forest',
    alerts,
    observe(event) {
      startMs ??= event.ts
      note(hours.add(event).memory, event)
    },
    flush: hours.flush,
  }
}

const plant = (samples: readonly number[][], random: Random): readonly IsolationNode[] =>
  Array.from({ length: treesCount }, () =>
    growTree(
      Array.from({ length: sampleSize }, () => random.pick(samples)),
      random,
    ),
  )

const createMemory = (): Memory => ({
  activeHours: 0,
  sums: [0, 0, 0],
  seen: kinds.map(() => new Set()),
  news: kinds.map(() => 0),
  refused: 0,
  missing: 0,
  objects: new Set(),
})

function note(memory: Memory, event: AccessEvent): void {
  for (const [place, of] of kinds.entries()) {
    const seen = memory.seen[place]
    const value = of(event)
    if (seen === undefined || seen.has(value)) continue
    seen.add(value)
    memory.news[place] = (memory.news[place] ?? 0) + 1
  }
  if (event.authOutcome === 'failed' || event.authOutcome === 'denied') memory.refused += 1
  if (event.status === 404) memory.missing += 1
  if (event.objectKey !== undefined) memory.objects.add(event.objectKey)
}

/** Mutates the token's means, and clears what was noted of the hour. */
function describe({ hour, requests, bytes, memory }: TokenHour<Memory>): number[] {
  const { sums, objects, news, refused, missing } = memory
  const volumes = [requests, bytes, objects.size].map(Math.log1p)
  const row = [
    ...volumes.map((value, place) => value - (sums[place] ?? 0) / Math.max(1, memory.activeHours)),
    ...[...news, refused, missing].map(Math.log1p),
    Math.abs((hour % 24) - 12),
  ]
  for (const [place, value] of volumes.entries()) sums[place] = (sums[place] ?? 0) + value
  memory.activeHours += 1
  memory.news = news.map(() => 0)
  memory.refused = 0
  memory.missing = 0
  objects.clear()
  return row
}
