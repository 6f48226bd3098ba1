import type { AccessEvent } from '../domain/access-event.ts'
import type { RegisteredToken } from '../domain/registered-token.ts'
import type { Family } from './families.ts'

interface Statistic {
  /** Kebab-case, stable: policies and findings name it. */
  readonly id: string
  readonly family: Family
  /** What comes in bursts is judged against the token's own tail of surprises. */
  readonly isBursty: boolean
  /** Plural, fits "expected 0.1 … today". */
  readonly noun: string
}

/** How many surprising things of one kind a day brought: frailty counts. */
export interface CountDetector extends Statistic {
  readonly kind: 'count'
  /** Index in `counted`. */
  readonly counts: number
  /** Standard deviation of ln(clump size) where units come in clumps, else undefined. */
  readonly clumpLogSd: number | undefined
  /** Below it a count is not judged. */
  readonly countMin: number
  /** What was new or refused, for a reader; empty when the count says it all. */
  valueOf(event: AccessEvent): string
}

/** How much: Student-t predictive of ln(1 + y). */
export interface MagnitudeDetector extends Statistic {
  readonly kind: 'magnitude'
  /** Index in `measured`. */
  readonly measures: number
}

/** A predictive of its own: hour of activity, silence, what a source did to other tokens. */
export interface SpecialDetector extends Statistic {
  readonly kind: 'hours' | 'silence' | 'shared-source' | 'refused-source'
}

export type StatisticalDetector = CountDetector | MagnitudeDetector | SpecialDetector

/** Certain by what somebody knows of the token: beside the statistics, outside the budget. */
export interface RuleDetector {
  readonly kind: 'rule'
  readonly id: string
  /** @returns the fact in one sentence, or undefined when it does not hold */
  judge(
    event: AccessEvent,
    registered: RegisteredToken | undefined,
    graceMs: number,
  ): string | undefined
}

export type Detector = StatisticalDetector | RuleDetector
