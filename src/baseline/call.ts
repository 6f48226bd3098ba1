import type { AccessEvent } from '../domain/access-event.ts'
import { hashText } from '../lib/hash-text.ts'
import { mixBits } from '../lib/mix-bits.ts'
import { dayMs, hourMs } from './calendar.ts'

/**
 * One event as the baseline sees it: times as whole numbers since the epoch, values as 32-bit keys.
 * One record is reused for all events of a scorer.
 */
export interface Call {
  event: AccessEvent
  second: number
  minute: number
  hour: number
  day: number
  /** The token's first call: everything is new and nothing is a surprise. */
  isFirst: boolean
  /** Its day is open: it counts in the day's sums. */
  isOfOpenDay: boolean
  /** Its hour is open and it is not late: it counts in hour and minute. */
  isInTime: boolean
  addressKey: number
  prefixKey: number
  /** 0 where the log does not say, as for the next two. */
  networkKey: number
  countryKey: number
  clientKey: number
  endpointKey: number
  /** From a network or client that the token met less than a day ago. */
  isYoungSource: boolean
  /** Bits of `counted`. */
  signals: number
}

const nothing = {} as AccessEvent

export function createCall(): Call {
  return {
    event: nothing,
    second: 0,
    minute: 0,
    hour: 0,
    day: 0,
    isFirst: false,
    isOfOpenDay: false,
    isInTime: false,
    addressKey: 0,
    prefixKey: 0,
    networkKey: 0,
    countryKey: 0,
    clientKey: 0,
    endpointKey: 0,
    isYoungSource: false,
    signals: 0,
  }
}

/** Mutates `call`: reads times and keys from the event. */
export function readCall(call: Call, event: AccessEvent): void {
  call.event = event
  call.second = Math.floor(event.ts / 1000)
  call.minute = Math.floor(event.ts / 60_000)
  call.hour = Math.floor(event.ts / hourMs)
  call.day = Math.floor(event.ts / dayMs)
  call.addressKey = hashText(event.ip)
  call.prefixKey = hashText(event.prefix)
  call.networkKey = event.asn
  call.countryKey = event.country === '' ? 0 : hashText(event.country)
  call.clientKey = event.client === '' ? 0 : hashText(event.client)
  call.endpointKey = endpointKeyOf(event)
  call.isYoungSource = false
  call.signals = 0
}

function endpointKeyOf(event: AccessEvent): number {
  const operation = mixBits(hashText(event.route) ^ Math.imul(hashText(event.method), 0x9e3779b1))
  // The same route with another model is another thing to do, at another price.
  return (event.model === undefined ? operation : mixBits(operation ^ hashText(event.model))) || 1
}
