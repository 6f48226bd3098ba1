import type { Caller, PlannedCall } from './behavior.ts'
import { planCall } from './behavior.ts'
import type { Hour } from './hour.ts'
import { hourMs } from './hour.ts'
import type { Random } from './random.ts'
import type { Route } from './routes.ts'
import type { Bearer } from './token.ts'

/** Something out of the ordinary that happens to one token for a while: an attack or a look-alike. */
export interface Overlay {
  readonly bearer: Bearer
  readonly startMs: number
  readonly endMs: number
  /** Present when calls that are added belong to an attack. */
  readonly attack?: { readonly attackId: string; readonly role: 'victim' | 'guess' }
  /** What becomes of a call of the owner's; undefined when it is not made. */
  change?(call: PlannedCall, random: Random): PlannedCall | undefined
  /** Calls added in an hour; those outside of [startMs, endMs) are dropped. */
  add?(hour: Hour, random: Random): readonly PlannedCall[]
}

/** What an intruder does in an hour. */
export interface Intrusion {
  readonly hour: Hour
  readonly window: { readonly startMs: number; readonly endMs: number }
  readonly callsPerHour: number
  readonly random: Random
  readonly caller: Caller | (() => Caller)
  /** Route, object and status of one call. */
  step(call: { readonly tsMs: number }): {
    readonly route: Route
    readonly objectId: number
    readonly status: number
    readonly bytesFactor?: number
  }
}

/** Calls of an intruder within the hour and the window, at a steady mean rate, in time order. */
export function intrude(intrusion: Intrusion): readonly PlannedCall[] {
  const { hour, window, callsPerHour, random, caller } = intrusion
  const fromMs = Math.max(hour.startMs, window.startMs)
  const toMs = Math.min(hour.startMs + hourMs, window.endMs)
  if (toMs <= fromMs) return []
  const count = random.poisson((callsPerHour * (toMs - fromMs)) / hourMs)
  const moments = Array.from({ length: count }, () => fromMs + random.next() * (toMs - fromMs))
  return moments
    .sort((a, b) => a - b)
    .map(tsMs => {
      const who = typeof caller === 'function' ? caller() : caller
      return planCall({ ...who, ...intrusion.step({ tsMs }), tsMs, random })
    })
}
