import type { Evidence } from '../domain/finding.ts'

/** A piece of evidence that is rarer than one token-day in ten says something by itself. */
const SURPRISE_MIN = 2.3

/**
 * Detectors that see one and the same thing: a new country is a new network too, and a backfill
 * raises calls, bytes and objects together. A detector that is not listed stands for itself.
 */
export const evidenceGroups: Readonly<Record<string, readonly string[]>> = {
  source: [
    'new-address',
    'new-prefix',
    'new-network',
    'foreign-network',
    'new-country',
    'foreign-country',
    'network-flip',
    'young-network-flip',
    'shared-source',
    'refused-source',
    'young-source-requests',
  ],
  client: ['new-client', 'foreign-client'],
  time: ['off-hours', 'cold-hours', 'cold-requests', 'dormancy'],
  endpoint: ['new-endpoint', 'foreign-endpoint', 'young-source-endpoints'],
  failure: ['unauthorized', 'forbidden', 'probing', 'young-source-failures'],
  enumeration: ['consecutive-objects', 'missing-objects'],
  volume: [
    'requests-per-minute',
    'requests-per-hour',
    'requests-per-day',
    'objects-per-day',
    'objects-per-request',
    'new-objects',
    'cost-per-day',
    'model-tokens-per-day',
    'bytes-per-day',
    'bytes-per-request',
  ],
}

const groupOf = new Map(
  Object.entries(evidenceGroups).flatMap(([group, detectors]) =>
    detectors.map(detector => [detector, group] as const),
  ),
)

/** How many independent things the evidence says, each surprising by itself. */
export function independentDetectors(evidence: readonly Evidence[]): number {
  const speaking = evidence.filter(
    ({ surprise, contribution }) => surprise >= SURPRISE_MIN && contribution > 0,
  )
  return new Set(speaking.map(({ detector }) => groupOf.get(detector) ?? detector)).size
}
