import type { Alert } from '../judge.ts'
import type { Rival } from './rival.ts'
import { createTokenHours } from './token-hours.ts'

const hoursMin = 72
const scoreMin = 3

/** Mean and variance of a quantity over all hours of a token. */
interface Moments {
  sum: number
  squares: number
}

/** z-score of requests and bytes of an hour against all hours of the token before, silent ones as zeros. */
export function createHourlyZScore(): Rival {
  const alerts: Alert[] = []
  const hours = createTokenHours({
    createMemory: () => ({
      hours: 0,
      requests: { sum: 0, squares: 0 } satisfies Moments,
      bytes: { sum: 0, squares: 0 } satisfies Moments,
    }),
    close({ token, requests, bytes, memory }, nowMs) {
      const score = Math.max(
        learn(memory.requests, memory.hours, requests),
        learn(memory.bytes, memory.hours, bytes),
      )
      if (memory.hours >= hoursMin && score > scoreMin) alerts.push({ token, tsMs: nowMs, score })
      memory.hours += 1
    },
    skip({ memory }, silentHours) {
      memory.hours += silentHours
    },
  })
  return {
    name: 'hourly-z-score',
    alerts,
    observe: event => void hours.add(event),
    flush: hours.flush,
  }
}

/** Mutates: @returns the z-score of the value before it is learned. */
function learn(moments: Moments, count: number, value: number): number {
  const mean = moments.sum / Math.max(1, count)
  const variance = Math.max(0, moments.squares / Math.max(1, count) - mean * mean)
  moments.sum += value
  moments.squares += value * value
  return (value - mean) / (Math.sqrt(variance) + 1)
}
