import type { Fingerprint } from '../../../../src/domain/access-event.ts'
import { createRandom, type Random } from '../../../../src/simulate/random.ts'
import { dayMs } from '../../../support/traffic.ts'
import { accessEvent, type ModelUse } from './access-event.ts'
import type { AttackLabel, Call } from './bench-world.ts'
import type { Source } from './providers.ts'

/** Who a key belongs to. */
interface Bearer {
  readonly token: Fingerprint
  readonly hint: string
  readonly tenant: { readonly name: string; readonly host: string }
}

/** One operation of an API. */
export interface Operation {
  readonly method: string
  readonly route: string
  readonly hasObject: boolean
  readonly bytesInMedian: number
  readonly bytesOutMedian: number
  readonly latencyMsMedian: number
}

/** A call before it becomes an event. */
export interface Draft {
  readonly tsMs: number
  readonly source: Source
  readonly userAgent: string
  readonly operation: Operation
  readonly objectId: number
  readonly status: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly model?: ModelUse
  /** The record reaches the log so much later. */
  readonly lateMs?: number
}

/** A day as it is where the token lives. */
export interface LocalDay {
  /** Counted from the world's first day; day -1 is drawn too, for what of it lies in the world. */
  readonly index: number
  /** Local midnight, UTC ms. */
  readonly startMs: number
  /** 0 for Sunday. */
  readonly weekday: number
  readonly dayOfMonth: number
}

/** A token and what its owner does with it. */
export interface EngineToken extends Bearer {
  readonly index: number
  readonly archetype: string
  /** Local time minus UTC on that day, ms. */
  offsetMs(dayIndex: number): number
  /** In any order; may reach beyond the day. */
  draw(day: LocalDay, random: Random): readonly Draft[]
}

/** Calls of an attack. */
export interface Intrusion {
  readonly bearer: Bearer
  /** Absent for keys that nobody was issued. */
  readonly label: AttackLabel | undefined
  readonly drafts: readonly Draft[]
}

/** From then on the owner does not use the token any more. */
type SilentFrom = ReadonlyMap<Fingerprint, number>

interface EngineWorld {
  readonly seed: number
  readonly startMs: number
  readonly days: number
  readonly tokens: readonly EngineToken[]
  readonly intrusions: readonly Intrusion[]
  readonly silentFrom: SilentFrom
}

interface Pending {
  readonly bearer: Bearer
  readonly draft: Draft
  readonly arrivesMs: number
  readonly label: AttackLabel | undefined
}

/**
 * Calls by UTC day, in the order of their arrival. Every local day of every token is drawn from a
 * stream of its own, so that owners do the same in the world with attacks and in the one without.
 */
export function* drawDays(world: EngineWorld): Generator<readonly Call[], void, undefined> {
  const { startMs, days } = world
  const byArrival = (a: Pending, b: Pending) => a.arrivesMs - b.arrivesMs
  let pending = world.intrusions.flatMap(intrusionCalls)
  for (let day = -1; day <= days; day++) {
    // The local day after begins at most 14 hours before the UTC day that is given out here.
    const untilMs = startMs + day * dayMs
    pending = pending.concat(ownCalls(world, day))
    if (day < 1) continue
    const due = pending.filter(({ arrivesMs }) => arrivesMs < untilMs).sort(byArrival)
    pending = pending.filter(({ arrivesMs }) => arrivesMs >= untilMs)
    yield due.map(toCall)
  }
}

const intrusionCalls = ({ bearer, label, drafts }: Intrusion): Pending[] =>
  drafts.map(draft => ({ bearer, draft, label, arrivesMs: draft.tsMs }))

function ownCalls(world: EngineWorld, index: number): Pending[] {
  const made: Pending[] = []
  const { seed, startMs, days, silentFrom } = world
  for (const token of world.tokens) {
    const day = localDay(token, index, startMs)
    const endMs = Math.min(startMs + days * dayMs, silentFrom.get(token.token) ?? Infinity)
    for (const draft of token.draw(day, createRandom(seed, 'own', token.index, index))) {
      if (draft.tsMs < startMs || draft.tsMs >= endMs) continue
      const arrivesMs = draft.tsMs + (draft.lateMs ?? 0)
      made.push({ bearer: token, draft, arrivesMs, label: undefined })
    }
  }
  return made
}

function localDay(token: EngineToken, index: number, startMs: number): LocalDay {
  const date = new Date(startMs + index * dayMs)
  return {
    index,
    startMs: startMs + index * dayMs - token.offsetMs(index),
    weekday: date.getUTCDay(),
    dayOfMonth: date.getUTCDate(),
  }
}

function toCall({ bearer, draft, label }: Pending): Call {
  const { tsMs, source, operation, objectId, status, bytesIn, bytesOut, userAgent, model } = draft
  const { method, route, hasObject, latencyMsMedian } = operation
  const event = accessEvent({
    tsMs: Math.floor(tsMs),
    token: bearer.token,
    tokenHint: bearer.hint,
    tenant: bearer.tenant.name,
    host: bearer.tenant.host,
    ...source,
    node: 'gw-1',
    method,
    route,
    objectId: hasObject ? objectId : undefined,
    status,
    latencyMs: latencyMsMedian,
    bytesIn,
    bytesOut,
    userAgent,
    model,
  })
  return { event, attack: label }
}
