import { readCall } from '../baseline/call.ts'
import { countCall, countObject } from '../baseline/count-call.ts'
import { counted } from '../baseline/counted.ts'
import { at } from '../baseline/layout.ts'
import { meetCall } from '../baseline/meet-call.ts'
import { get, set, type TokenState } from '../baseline/token-states.ts'
import type { AccessEvent } from '../domain/access-event.ts'
import type { Finding } from '../domain/finding.ts'
import type { TokenRegistry } from '../domain/registered-token.ts'
import type { ScoreContext } from './context.ts'
import { closeDay, openDay } from './day-window.ts'
import { emitFinding } from './emit-finding.ts'
import { makeRoom } from './evict-tokens.ts'
import { closeHour, openHour } from './hour-window.ts'
import { judgeSignals } from './judge-counts.ts'
import { judgeMagnitudes, judgeNewObject, judgeObjects, judgeSpending } from './judge-magnitudes.ts'
import { judgeRules } from './judge-rules.ts'
import { judgeRefusal, judgeSource } from './judge-sources.ts'

/**
 * Mutates everything that one event teaches; the order of the steps is part of the scorer's version:
 * windows first, then what is new, then what it means.
 *
 * @returns the findings that it raises, of its own token or of others; most events raise none
 */
export function observeEvent(
  context: ScoreContext,
  event: AccessEvent,
  registry: TokenRegistry | undefined,
): readonly Finding[] {
  const { call } = context
  readCall(call, event)
  context.isRaised = false
  const slot = context.states.find(event.token)
  call.isFirst = slot === undefined
  if (slot === undefined) {
    if (event.authOutcome === 'failed') return judgeRefusal(context)
    allocate(context, event)
  } else {
    context.states.moveTo(slot)
  }
  const state = context.states.cursor
  context.changed.add(state.slot)
  placeInTime(context, state)
  meetCall(state, context.population, call)
  // A refused call is no use of the token: a storm of retries is one surprise, not one of volume as well.
  const isServed = event.authOutcome !== 'failed'
  const hasMoreObjects = isServed && countObject(state, call)
  judgeSignals(context, state)
  if (isServed) judgeUse(context, state, hasMoreObjects)
  judgeRules(context, state, registry?.find(event.token, event.credentialId))
  if (!context.isRaised && (call.signals & newPrefix) === 0) return nothing
  const others = judgeSource(context, state)
  const own = context.isRaised ? emitFinding(context, state) : undefined
  return own === undefined ? others : [own, ...others]
}

/** Mutates: how much the token does, and with what. */
function judgeUse(context: ScoreContext, state: TokenState, hasMoreObjects: boolean): void {
  const { call } = context
  if (call.isOfOpenDay) {
    countCall(state, call)
    judgeMagnitudes(context, state)
    if (call.event.model !== undefined) judgeSpending(context, state)
    if (hasMoreObjects) judgeObjects(context, state)
  }
  judgeNewObject(context, state)
}

const newPrefix = 1 << counted.newPrefix
const nothing: readonly Finding[] = []

/** Addresses are compared with addresses. */
export function groupName({ entity, tenant }: Pick<AccessEvent, 'entity' | 'tenant'>): string {
  return entity === 'address' ? `addresses of ${tenant}` : `tokens of ${tenant}`
}

const interactiveClients = /mozilla|chrome|safari|firefox|edge|iphone|android/i

function allocate(context: ScoreContext, event: AccessEvent): void {
  const { states, population } = context
  makeRoom(context)
  const { token, entity, tenant } = event
  const group = population.groupOf(groupName(event))
  states.allocate({ token, entity, tenant, group })
  const agent = `${event.client} ${event.userAgent}`
  set(states.cursor, at.isInteractive, interactiveClients.test(agent) ? 1 : 0)
  set(states.cursor, at.firstSeenMs, event.ts)
}

/**
 * Mutates: closes and opens the token's windows by its own clock, the largest time that it has seen,
 * and says where the call counts: in the open day, and there in the open hour unless it is late.
 */
function placeInTime(context: ScoreContext, state: TokenState): void {
  const { call, settings } = context
  const { ts } = call.event
  if (call.isFirst || call.day > get(state, at.openDay)) {
    closeDay(context, state)
    openDay(context, state)
  }
  call.isOfOpenDay = call.day === get(state, at.openDay) && get(state, at.isDayOpen) === 1
  const isLate = ts < get(state, at.clockMs) - 60_000 * settings.lateMinutes
  if (call.isOfOpenDay && !isLate && call.hour > get(state, at.openHour)) {
    closeHour(context, state)
    openHour(context, state)
  }
  call.isInTime = call.isOfOpenDay && !isLate && call.hour === get(state, at.openHour)
  if (ts > get(state, at.clockMs)) set(state, at.clockMs, ts)
}
