import { createRandom, type Random } from '../../src/simulate/random.ts'
import { eventually } from '../support/clickhouse.ts'
import type { FaultKind } from './fault-kind.ts'
import type { Input } from './input.ts'
import type { RoundPlan } from './plan.ts'
import { type OpenRound, openRound, TOPIC } from './round.ts'
import type { Site } from './site.ts'
import { baselineDifferences, contents, countRows, differenceOf } from './stored.ts'
import {
  alertDifferences,
  type Receiver,
  repeatedCount,
  revocationDifferences,
  untoldIncidents,
} from './told.ts'

/** How far the topic runs ahead of the next fault, as a share of the input. */
const AHEAD = 0.1
/** How long a share of the input may take to be stored, all recoveries included, ms. */
const PROGRESS_MS_MAX = 120_000
/** How long people may have to wait for a message after a fault, ms. */
const TOLD_MS_MAX = 90_000

/** What a run without faults has left. */
export interface Reference {
  readonly database: string
  /** Rows by table. */
  readonly counts: Readonly<Record<string, number>>
  readonly alerts: Receiver
  readonly revocations: Receiver
}

export interface MadeFault {
  readonly kind: string
  readonly what: string
  readonly atSeconds: number
  readonly seconds: number
}

export interface RoundReport {
  readonly faults: readonly MadeFault[]
  readonly differences: readonly string[]
  readonly repeatedAlerts: number
  readonly repeatedRevocations: number
}

/** Runs the input through the program without a fault; its database stays. */
export async function runReference(site: Site, input: Input, database: string): Promise<Reference> {
  const partitions = input.partitions.length
  const round = await openRound(site, { database, input, members: 1, partitions })
  try {
    await round.feed.finish()
    await round.settled(PROGRESS_MS_MAX)
    // What is stored is told a moment later, and what a stop cuts off would be missing from what is expected.
    const untold = () => untoldIncidents(site.storeOf(database), round)
    await eventually(async () => (await untold()).length === 0, TOLD_MS_MAX).catch(async () => {
      throw new Error(`the run without faults did not tell all: ${(await untold()).join('; ')}`)
    })
    const faults = await round.stop()
    if (faults.length > 0) throw new Error(`the run without faults failed: ${faults.join('; ')}`)
    const { alerts, revocations } = round
    const counts = await countRows(site.storeOf(database))
    const empty = Object.entries({ ...counts, alerts: alerts.received.length })
    const missing = empty.flatMap(([name, count]) => (count === 0 ? [name] : []))
    // Nothing equals nothing, and that would prove nothing.
    if (missing.length > 0) throw new Error(`the run without faults has no ${missing.join(', ')}`)
    return { database, counts, alerts, revocations }
  } finally {
    await round.close()
  }
}

export interface RoundOptions {
  readonly input: Input
  readonly reference: Reference
  readonly plan: RoundPlan
  readonly seed: number
  readonly round: number
  /** Where the logs of a round with differences are kept. */
  readonly logFolder: string
  /** Harm done to what is stored in the end: the comparison must see it. */
  readonly sabotage?: ((site: Site, database: string) => Promise<void>) | undefined
  /** No fault begins after this, ms of performance.now(). */
  readonly deadlineMs: number
}

/** One round: an empty store, a new topic, faults while it is read, and the comparison. */
export async function runRound(site: Site, options: RoundOptions): Promise<RoundReport> {
  const { input, plan, seed } = options
  const database = `faults_${seed}_${options.round}_test`
  const isAdded = plan.moments.some(({ kinds }) => kinds.some(kind => kind.addsPartition === true))
  const partitions = input.partitions.length - (isAdded ? 1 : 0)
  const open = await openRound(site, { database, input, members: plan.members, partitions })
  const faults: MadeFault[] = []
  const differences: string[] = []
  try {
    const work = plan.loud === undefined ? runShared : runLoud
    differences.push(...(await work(open, options, faults)))
  } catch (error) {
    differences.push(String(error instanceof Error ? error.message : error))
  } finally {
    await open.close()
    if (differences.length > 0) open.keepLogs(options.logFolder)
    else await site.storeOf('system').admin.command({ query: `DROP DATABASE ${database} SYNC` })
  }
  return {
    faults,
    differences,
    repeatedAlerts: repeatedCount(open.alerts, 'webhook-id'),
    repeatedRevocations: repeatedCount(open.revocations, 'idempotency-key'),
  }
}

async function runShared(open: OpenRound, options: RoundOptions, faults: MadeFault[]) {
  const { input, reference } = options
  const { site, database } = open
  await inflictAll(open, options, faults)
  await open.feed.finish()
  await open.stored(reference.counts['access_events'] ?? 0, PROGRESS_MS_MAX)
  await open.settled(PROGRESS_MS_MAX)
  const toldDifferences = () => [
    ...alertDifferences(reference.alerts, open.alerts, faults.length),
    ...revocationDifferences(reference.revocations, open.revocations, faults.length),
  ]
  // What a killed process did not tell is told by whoever notices: not at once.
  await eventually(() => toldDifferences().length === 0, TOLD_MS_MAX).catch(() => undefined)
  const ends = await open.stop()
  await options.sabotage?.(site, database)
  return [
    ...ends,
    ...(await storedDifferences(site, { input, expected: reference.database, seen: database })),
    ...toldDifferences(),
  ]
}

async function runLoud(open: OpenRound, options: RoundOptions, faults: MadeFault[]) {
  const { plan, seed, round, reference } = options
  if (plan.loud === undefined) return []
  const beginMs = performance.now()
  // Not by spreading: its feed changes.
  const own = Object.create(open, { expected: { value: reference.database } })
  const random = createRandom(seed, 'fault', round, plan.loud.id)
  const { what, differences } = await plan.loud.run(own, random)
  faults.push({ kind: plan.loud.id, what, atSeconds: 0, seconds: secondsSince(beginMs) })
  return differences
}

const secondsSince = (ms: number) => Math.round((performance.now() - ms) / 100) / 10

async function inflictAll(open: OpenRound, options: RoundOptions, faults: MadeFault[]) {
  const { plan, seed, round, deadlineMs } = options
  const startMs = performance.now()
  for (const [at, { share, kinds }] of plan.moments.entries()) {
    open.feed.allow(share + AHEAD)
    await open.stored(Math.floor(0.99 * open.feed.countAt(share)), PROGRESS_MS_MAX)
    if (performance.now() > deadlineMs) return
    // What comes in while the fault lasts.
    open.feed.allow((plan.moments[at + 1]?.share ?? 1) + AHEAD)
    const made = await Promise.allSettled(
      kinds.map(async kind => {
        const random = createRandom(seed, 'fault', round, at, kind.id)
        faults.push(await inflict(kind, open, { random, startMs }))
      }),
    )
    for (const result of made) if (result.status === 'rejected') throw result.reason
  }
}

async function inflict(
  kind: FaultKind,
  open: OpenRound,
  { random, startMs }: { readonly random: Random; readonly startMs: number },
): Promise<MadeFault> {
  const beginMs = performance.now()
  const what = await kind.inflict(open, random).catch((cause: unknown) => {
    throw new Error(`${kind.id} could not be made: ${cause}`, { cause })
  })
  const seconds = secondsSince(beginMs)
  const atSeconds = Math.round((beginMs - startMs) / 100) / 10
  return { kind: kind.id, what, atSeconds, seconds }
}

/** Everything that is stored, of two databases, in words; nothing when it is the same. */
export async function storedDifferences(
  site: Site,
  of: { readonly input: Input; readonly expected: string; readonly seen: string },
): Promise<string[]> {
  const [expected, seen] = [site.storeOf(of.expected), site.storeOf(of.seen)]
  const differences: string[] = []
  for (const content of await contents(expected)) {
    differences.push(...(await differenceOf(expected, content, of)))
  }
  for (const partition of of.input.partitions.keys()) {
    const stream = { source: TOPIC, partition }
    differences.push(...(await baselineDifferences({ expected, seen }, stream)))
  }
  return differences
}
