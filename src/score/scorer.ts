import { dayMs, dayOf } from '../baseline/calendar.ts'
import { at } from '../baseline/layout.ts'
import { rollPopulation } from '../baseline/population.ts'
import { get, type TokenStates } from '../baseline/token-states.ts'
import type { AccessEvent, Fingerprint } from '../domain/access-event.ts'
import type { Finding } from '../domain/finding.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { ScorerSnapshot, TokenBaselineView } from '../domain/token-baseline.ts'
import { createContext } from './context.ts'
import { closeDay } from './day-window.ts'
import { observeEvent } from './observe-event.ts'
import type { ScoreSettings } from './settings.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot.ts'
import { viewBaseline } from './view-baseline.ts'

/**
 * Learns what is usual for each token and tells what is not. Its state and its findings are a function of
 * the events alone, in their order: no clock, no chance, however often it was saved and restored between.
 */
export interface Scorer {
  /** Mutates; may call `onFinding` before it returns. */
  observe(event: AccessEvent): void
  /** Mutates: end of input; closes every open day. */
  flush(): void
  stats(): ScorerStats
  /** Tokens that changed since the snapshot before, or all of them, and the population. */
  snapshot(options?: { readonly all?: boolean }): ScorerSnapshot
  /**
   * Mutates: takes the snapshot's tokens and population, in place of what it has of them.
   *
   * @throws RangeError for a snapshot of another scorer version: start over and replay instead
   */
  restore(snapshot: ScorerSnapshot): void
  baselineOf(token: Fingerprint): TokenBaselineView | undefined
}

interface ScorerStats {
  /** With a baseline in memory. */
  readonly tokens: number
  /** Closed days of tokens, ever. */
  readonly tokenDays: number
  readonly bytes: number
  /** Observed by this instance. */
  readonly events: number
}

export function createScorer(deps: {
  readonly settings: ScoreSettings
  readonly registry?: TokenRegistry
  onFinding(finding: Finding): void
}): Scorer {
  const context = createContext(deps.settings)
  const { states, population, calibrators, sources, objects, changed } = context
  const graceMs = 60_000 * deps.settings.lateMinutes
  let events = 0

  /** The day ends, for all tokens at once, when time has passed into the next one by the grace. */
  function advance(nowMs: number): void {
    if (nowMs <= population.largestTsMs) return
    population.largestTsMs = nowMs
    const day = dayOf(nowMs - graceMs)
    if (population.day < 0) population.day = day
    if (day <= population.day) return
    sources.forgetBefore(day)
    rollPopulation(population, day)
    calibrators.roll(population.days)
    closeDaysBefore(day)
  }

  /** By fingerprint: slots are taken in another order after a restore, and peers learn in this one. */
  function closeDaysBefore(day: number): void {
    for (const slot of slotsOpenBefore(states, day)) {
      closeDay(context, states.moveTo(slot))
      changed.add(slot)
    }
  }

  return {
    observe(event) {
      events++
      advance(event.ts)
      const findings = observeEvent(context, event, deps.registry)
      for (const finding of findings) deps.onFinding(finding)
    },
    flush() {
      closeDaysBefore(Number.POSITIVE_INFINITY)
      advance(population.largestTsMs + dayMs + graceMs)
    },
    stats: () => ({
      tokens: states.count,
      tokenDays: population.tokenDays,
      bytes: states.bytes + objects.bytes,
      events,
    }),
    snapshot: options => takeSnapshot(context, { all: options?.all ?? false }),
    restore: snapshot => restoreSnapshot(context, snapshot),
    baselineOf(token) {
      const slot = states.find(token)
      return slot === undefined ? undefined : viewBaseline(context, states.moveTo(slot))
    },
  }
}

function slotsOpenBefore(states: TokenStates, day: number): number[] {
  const slots: { slot: number; token: string }[] = []
  for (let slot = 0; slot < states.slotEnd; slot++) {
    const token = states.identityOf(slot)?.token
    if (token === undefined) continue
    const state = states.moveTo(slot)
    if (get(state, at.isDayOpen) === 0 || get(state, at.openDay) >= day) continue
    slots.push({ slot, token })
  }
  return slots.sort((a, b) => (a.token < b.token ? -1 : 1)).map(({ slot }) => slot)
}
