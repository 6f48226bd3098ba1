import { join } from 'node:path'
import { commit, machine } from '../bench/report.ts'
import type { FaultKind, LoudKind } from './fault-kind.ts'
import { makeInput } from './input.ts'
import { faultKinds, loudKinds } from './kinds/index.ts'
import { planRounds } from './plan.ts'
import { type MadeFault, type RoundReport, runReference, runRound } from './run-round.ts'
import { sabotages } from './sabotage.ts'
import { openSite, type Site } from './site.ts'

export interface FaultOptions {
  readonly faults: number
  readonly seed: number
  /** After which no round begins. */
  readonly minutes: number
  readonly partitions: number
  /** Ids; all when empty. */
  readonly kinds: readonly string[]
  /** Name of the harm to be done to what every round stores; none when empty. */
  readonly sabotage: string
  /** For the logs of rounds with differences. */
  readonly logFolder: string
  readonly print: (text: string) => void
}

export interface FaultSummary {
  readonly faults: number
  readonly byKind: Readonly<Record<string, number>>
  /** Kinds that cannot be had on this machine, and why. */
  readonly missing: Readonly<Record<string, string>>
  readonly rounds: number
  readonly seed: number
  readonly commit: string
  readonly machine: unknown
  readonly seconds: number
  /** Rounds after which something differed. */
  readonly differences: number
}

/** @throws RangeError for an unknown kind or sabotage */
export async function runFaults(options: FaultOptions): Promise<FaultSummary> {
  const { seed, print } = options
  const startMs = performance.now()
  const deadlineMs = startMs + options.minutes * 60_000
  const sabotage = sabotageOf(options.sabotage)
  const wanted = kindsOf(options.kinds)
  const input = makeInput(options)
  const site = await openSite()
  const reports: RoundReport[] = []
  const missing = missingKinds(site, wanted.kinds)
  try {
    for (const [id, why] of Object.entries(missing)) print(`not here: ${id}: ${why}`)
    const reference = await runReference(site, input, `faults_${seed}_expected_test`)
    print(
      `without faults, of ${input.records} records: ${JSON.stringify(reference.counts)}, ` +
        `${reference.alerts.received.length} alerts, ${reference.revocations.received.length} revocations`,
    )
    const kinds = wanted.kinds.filter(({ id }) => missing[id] === undefined)
    const plans = planRounds({ seed, faults: options.faults, kinds, loud: wanted.loud })
    for (const [round, plan] of plans.entries()) {
      if (performance.now() > deadlineMs) break
      const logFolder = join(options.logFolder, `round-${round}`)
      const report = await runRound(site, {
        ...{ input, reference, plan, seed, round, logFolder, sabotage, deadlineMs },
      })
      reports.push(report)
      tell(options, { report, round, members: plan.members, logFolder })
    }
  } finally {
    await site.close()
  }
  const made = reports.flatMap(({ faults }) => faults)
  return {
    faults: made.length,
    byKind: countBy(made),
    missing,
    rounds: reports.length,
    seed,
    commit: commit(),
    machine: machine(),
    seconds: Math.round((performance.now() - startMs) / 1_000),
    differences: reports.filter(({ differences }) => differences.length > 0).length,
  }
}

function sabotageOf(name: string) {
  if (name === '') return undefined
  const found = Object.entries(sabotages).find(([known]) => known === name)?.[1]
  if (found !== undefined) return found
  throw new RangeError(`no such sabotage; there are ${Object.keys(sabotages).join(', ')}`)
}

function kindsOf(ids: readonly string[]) {
  const all = [...faultKinds, ...loudKinds]
  const unknown = ids.filter(id => all.every(kind => kind.id !== id))
  if (unknown.length > 0) {
    const known = all.map(({ id }) => id).join(', ')
    throw new RangeError(`no such fault: ${unknown.join(', ')}; there are ${known}`)
  }
  const isWanted = ({ id }: FaultKind | LoudKind) => ids.length === 0 || ids.includes(id)
  return { kinds: faultKinds.filter(isWanted), loud: loudKinds.filter(isWanted) }
}

const missingKinds = (site: Site, kinds: readonly FaultKind[]): Record<string, string> =>
  Object.fromEntries(
    kinds.flatMap(kind => {
      const why = kind.missing?.(site)
      return why === undefined ? [] : [[kind.id, why]]
    }),
  )

function countBy(faults: readonly MadeFault[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function tell(
  { print, seed }: FaultOptions,
  told: {
    readonly report: RoundReport
    readonly round: number
    readonly members: number
    readonly logFolder: string
  },
) {
  const { report, round, members, logFolder } = told
  const { faults, differences, repeatedAlerts, repeatedRevocations } = report
  print(
    `round ${round}, ${members} ${members === 1 ? 'process' : 'processes'}: ${faults.length} faults, ` +
      `${differences.length === 0 ? 'nothing differs' : 'DIFFERENT'}; ` +
      `told again: ${repeatedAlerts} alerts, ${repeatedRevocations} revocations`,
  )
  for (const { kind, what, atSeconds, seconds } of faults) {
    print(`  ${atSeconds.toFixed(1).padStart(6)} s  ${kind}: ${what} (${seconds} s)`)
  }
  if (differences.length === 0) return
  for (const line of differences) print(`  ! ${line}`)
  print(`  ! seed ${seed}, round ${round}; logs in ${logFolder}`)
}
