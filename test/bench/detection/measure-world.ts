import type { Fingerprint } from '../../../src/domain/access-event.ts'
import type { Finding } from '../../../src/domain/finding.ts'
import { createScorer } from '../../../src/score/scorer.ts'
import { dayMs, scoreSettings } from '../../support/traffic.ts'
import { type Alert, type AttackWindow, judgeAlerts } from './judge.ts'
import { createRivals } from './rivals/rivals.ts'
import type { Run } from './summarize.ts'
import type {
  AttackLabel,
  BenchWorld,
  Call,
  WorldMake,
  WorldOptions,
} from './worlds/bench-world.ts'

export const productName = 'tokenwatch'
const warmUpDays = 14
/**
 * The largest budget that is measured. Findings below the budget are told again only when they have
 * grown by half a nat, which would blur every budget above the configured one.
 */
const largestBudget = 20

export interface ProductAlert extends Alert {
  readonly finding: Finding
}

/** Every detector on one world. */
export interface Measured {
  readonly make: string
  readonly seed: number
  readonly world: BenchWorld
  readonly events: number
  /** Of tokens and days under attack, among the token-days after the warm-up. */
  readonly attackedTokenDays: number
  readonly runs: ReadonlyMap<string, Run>
  readonly falseAlerts: readonly ProductAlert[]
  /** Findings of the product by attack. */
  readonly hits: readonly {
    readonly attack: AttackWindow
    readonly alerts: readonly ProductAlert[]
  }[]
  readonly scorerMicroseconds: number
}

export function measureWorld(
  make: WorldMake,
  options: WorldOptions & { readonly hasRivals: boolean },
): Measured {
  const world = make.create(options)
  const found: ProductAlert[] = []
  const scorer = createScorer({
    settings: { ...scoreSettings, alertBudgetPer1000TokenDays: largestBudget },
    registry: world.registry,
    onFinding: finding => {
      found.push({ token: finding.token, tsMs: finding.ts, score: finding.surprise, finding })
    },
  })
  const rivals = options.hasRivals ? createRivals() : []
  const truth = createTruth(world)
  let events = 0
  let scorerMs = 0
  for (const calls of world.days()) {
    const start = performance.now()
    for (const { event } of calls) scorer.observe(event)
    scorerMs += performance.now() - start
    for (const rival of rivals) for (const { event } of calls) rival.observe(event)
    events += calls.length
    truth.add(calls)
  }
  scorer.flush()
  for (const rival of rivals) rival.flush()

  const attacks = truth.attacks()
  const judge = <Given extends Alert>(alerts: readonly Given[]) => ({
    ...judgeAlerts(alerts.filter(truth.isCounted), attacks, world.startMs + warmUpDays * dayMs),
    seed: options.seed,
    attacks,
    tokenDays: truth.tokenDays(),
  })
  const own = judge(found)
  return {
    make: make.name,
    seed: options.seed,
    world,
    events,
    attackedTokenDays: truth.attackedTokenDays(),
    runs: new Map<string, Run>([
      [productName, own],
      ...rivals.map(({ name, alerts }) => [name, judge(alerts)] as const),
    ]),
    falseAlerts: own.falseAlerts,
    hits: attacks.map((attack, place) => ({ attack, alerts: own.hits[place] ?? [] })),
    scorerMicroseconds: (1000 * scorerMs) / events,
  }
}

/** Mutates: what the calls say of attacks and of active tokens. */
function createTruth(world: BenchWorld) {
  const warmUpEndMs = world.startMs + warmUpDays * dayMs
  const windows = new Map<AttackLabel, { startMs: number; endMs: number }>()
  const lastDays = new Map<string, number>()
  const active = new Set<string>()
  const attacked = new Set<string>()
  const isKnown = (token: string) => world.archetypes.has(token as Fingerprint)

  function addAttack(label: AttackLabel, tsMs: number): void {
    const known = windows.get(label)
    if (known === undefined) windows.set(label, { startMs: tsMs, endMs: tsMs })
    else {
      known.startMs = Math.min(known.startMs, tsMs)
      known.endMs = Math.max(known.endMs, tsMs)
    }
  }

  function addTokenDay({ event, attack }: Call): void {
    const day = Math.floor(event.ts / dayMs)
    if (attack === undefined && lastDays.get(event.token) === day) return
    lastDays.set(event.token, day)
    active.add(`${event.token} ${day}`)
    if (attack !== undefined) attacked.add(`${event.token} ${day}`)
  }

  return {
    add(calls: readonly Call[]) {
      for (const call of calls) {
        const { event, attack } = call
        if (attack !== undefined) addAttack(attack, event.ts)
        if (event.ts >= warmUpEndMs && isKnown(event.token)) addTokenDay(call)
      }
    },
    attacks: (): readonly AttackWindow[] =>
      [...windows].map(([{ token, kind }, span]) => ({ token, kind, ...span })),
    tokenDays: () => active.size,
    attackedTokenDays: () => attacked.size,
    /** Keys that nobody was issued are not tokens: an alert on one is neither hit nor false. */
    isCounted: ({ token }: Alert) => isKnown(token),
  }
}
