import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * A client that nobody in the tenant uses.
 * Evaded by copying the agent. Wrong for the first user of a new version.
 */
export const foreignClient: CountDetector = {
  kind: 'count',
  id: 'foreign-client',
  family: 'client',
  isBursty: false,
  noun: 'clients that neither this token nor its tenant had used',
  counts: counted.foreignClient,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ client }) => client,
}
