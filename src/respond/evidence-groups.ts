import type { Evidence } from '../domain/finding.ts'

/** A piece of evidence that is rarer than one token-day in ten says something by itself. */
const SURPRISE_MIN = 2.3

/**
 * Detectors that see one and the same thing: a new country is a new network too, and a backfill
 * raises calls, bytes and objects together. A detector that is not listed stands for itself.
 */
const groups: Readonly<Record<string, string>> = {}

/** How many independent things the evidence says, each surprising by itself. */
export function independentDetectors(evidence: readonly Evidence[]): number {
  const speaking = evidence.filter(
    ({ surprise, contribution }) => surprise >= SURPRISE_MIN && contribution > 0,
  )
  return new Set(speaking.map(({ detector }) => groups[detector] ?? detector)).size
}
