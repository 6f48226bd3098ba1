import { dayMs } from '../baseline/calendar.ts'
import { at } from '../baseline/layout.ts'
import { get } from '../baseline/token-states.ts'
import type { ScoreContext } from './context.ts'

/** Share of the tokens that is let go at a time: to find the stalest, all are looked at. */
const evictedShare = 1 / 16
/** A token of so many active days, or more, counts as seen so many days later than it was. */
const patienceDaysMax = 30

/**
 * Mutates: makes room for one more token. The stalest go, and of two seen at the same time the one with
 * less of a past: a flood of new tokens evicts itself, not the tokens that are known. Which ones go
 * depends on their states alone, so a restart changes nothing.
 */
export function makeRoom(context: ScoreContext): void {
  const { states, settings } = context
  if (states.count < settings.tokensMax) return
  const tokens: { readonly slot: number; readonly token: string; readonly keptMs: number }[] = []
  for (let slot = 0; slot < states.slotEnd; slot++) {
    const token = states.identityOf(slot)?.token
    if (token === undefined) continue
    const state = states.moveTo(slot)
    const patienceDays = Math.min(get(state, at.activeDays), patienceDaysMax)
    tokens.push({ slot, token, keptMs: get(state, at.clockMs) + patienceDays * dayMs })
  }
  tokens.sort((one, other) => one.keptMs - other.keptMs || (one.token < other.token ? -1 : 1))
  const excess = states.count + 1 - settings.tokensMax
  const evicted = Math.max(excess, Math.floor(settings.tokensMax * evictedShare))
  for (const { slot } of tokens.slice(0, evicted)) releaseToken(context, slot)
}

/** Mutates: the token is as if it had never been seen. */
export function releaseToken(
  { states, facts, objects, changed }: ScoreContext,
  slot: number,
): void {
  states.free(slot)
  facts.delete(slot)
  objects.free(slot)
  changed.delete(slot)
}
