import { mixBits } from '../lib/mix-bits.ts'
import type { Call } from './call.ts'
import { counted } from './counted.ts'
import { at } from './layout.ts'
import { sketchObject } from './object-sketch.ts'
import { add, get, set, type TokenState } from './token-states.ts'

/** Ids that lie this close together are walked, not looked up. */
const stepMax = 7

/** Mutates the running counts of minute, hour and day. Late events never enter minute or hour. */
export function countCall(state: TokenState, call: Call): void {
  const { bytesOut } = call.event
  add(state, at.requestsDay, 1)
  if (bytesOut !== undefined) {
    add(state, at.sizedRequestsDay, 1)
    add(state, at.bytesDay, bytesOut)
  }
  if (call.event.model !== undefined) countModel(state, call)
  if (!call.isInTime) return
  add(state, at.requestsHour, 1)
  if (bytesOut !== undefined) {
    add(state, at.sizedRequestsHour, 1)
    add(state, at.bytesHour, bytesOut)
  }
  countMinute(state, call.minute)
}

/** No call costs more; a log that says so must not make the sum infinite. */
const costUsdMax = 1e6

/** Absent is absent: what the log does not tell is not 0. */
function countModel(state: TokenState, { event }: Call): void {
  const { llmTokensIn, llmTokensOut, costUsd } = event
  add(state, at.modelTokensDay, (llmTokensIn ?? 0) + (llmTokensOut ?? 0))
  if (costUsd !== undefined) add(state, at.costDay, 1e6 * Math.min(costUsd, costUsdMax))
}

function countMinute(state: TokenState, minute: number): void {
  const open = get(state, at.openMinute)
  if (minute < open) return
  if (minute > open) {
    set(state, at.openMinute, minute)
    set(state, at.requestsMinute, 0)
  }
  const requests = add(state, at.requestsMinute, 1)
  if (requests > get(state, at.requestsMinutePeak)) set(state, at.requestsMinutePeak, requests)
}

/**
 * Mutates the day's sketch of objects, and signals an id that follows the one before.
 *
 * @returns whether the estimate of distinct objects may have changed
 */
export function countObject(state: TokenState, call: Call): boolean {
  const { objectKey, path } = call.event
  if (objectKey === undefined) return false
  const id = lastDecimalId(path)
  if (id !== undefined) {
    const step = id - get(state, at.lastObject)
    set(state, at.lastObject, id)
    if (step > 0 && step <= stepMax && !call.isFirst) call.signals |= 1 << counted.consecutiveObject
  }
  const high = Math.floor(objectKey / 0x1_0000_0000)
  return sketchObject(state, mixBits(objectKey ^ mixBits(high ^ call.endpointKey)))
}

const isDigit = (code: number) => code >= 48 && code <= 57
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)

/** Last run of digits of a path that is a whole word, of at most 15 digits: `/orders/1041/lines`. */
function lastDecimalId(path: string): number | undefined {
  let end = path.length
  while (end > 0) {
    while (end > 0 && !isDigit(path.charCodeAt(end - 1))) end--
    let from = end
    let id = 0
    for (let unit = 1; from > 0 && isDigit(path.charCodeAt(from - 1)); unit *= 10) {
      id += (path.charCodeAt(--from) - 48) * unit
    }
    const touchesLetters = isLetter(path.charCodeAt(end)) || isLetter(path.charCodeAt(from - 1))
    if (end > from && !touchesLetters && end - from <= 15) return id
    end = from
  }
  return undefined
}
