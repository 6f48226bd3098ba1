import type { Random } from '../../../../src/simulate/random.ts'
import { hourMs } from '../../../support/traffic.ts'
import type { LocalDay } from './day-engine.ts'
import { exponential, negativeBinomial } from './draws.ts'

/** Moments over the hours of a day, bursty from hour to hour: each hour's count is negative binomial. */
export function hourly(
  day: LocalDay,
  random: Random,
  shape: {
    /** Calls of the whole day, on average. */
    readonly perDay: number
    /** The smaller, the burstier. */
    readonly size: number
    /** Relative activity of the local hours; even when absent. */
    readonly weights?: readonly number[]
  },
): number[] {
  const { perDay, size, weights = even } = shape
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.flatMap((weight, hour) => {
    const count = negativeBinomial(random, (perDay * weight) / total, size)
    return Array.from({ length: count }, () => day.startMs + (hour + random.next()) * hourMs)
  })
}

const even = Array.from({ length: 24 }, () => 1)

/** Busiest at `peak`, least twelve hours from it; depth 0 is even, 1 falls to nothing. */
export const diurnal = (peak: number, depth: number): readonly number[] =>
  even.map((_, hour) => 1 + depth * Math.cos(((hour - peak) / 12) * Math.PI))

/** Sittings of somebody: calls of each with exponential gaps, from some moment of [from, to) hours. */
export function sittings(
  day: LocalDay,
  random: Random,
  shape: {
    readonly count: number
    readonly calls: number
    readonly size: number
    readonly gapMs: number
    readonly hours: readonly [number, number]
  },
): number[] {
  const [from, to] = shape.hours
  const moments: number[] = []
  for (let sitting = 0; sitting < shape.count; sitting++) {
    let at = day.startMs + (from + random.next() * (to - from)) * hourMs
    const calls = negativeBinomial(random, shape.calls, shape.size)
    for (let i = 0; i < calls; i++) {
      moments.push(at)
      at += exponential(random, shape.gapMs)
    }
  }
  return moments
}

/** `count` moments spread over a time, in order. */
export const spreadOver = (random: Random, startMs: number, lengthMs: number, count: number) =>
  Array.from({ length: count }, () => startMs + random.next() * lengthMs).sort((a, b) => a - b)
