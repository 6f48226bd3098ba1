import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * A user agent family or major version that the token has not used: a thief's own tool.
 * Evaded by copying the agent, which costs nothing. Wrong on upgrades; a roll-out to many tokens is a
 * common cause and counts less.
 */
export const newClient: CountDetector = {
  kind: 'count',
  id: 'new-client',
  family: 'client',
  isBursty: false,
  noun: 'clients new to this token',
  counts: counted.newClient,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ client }) => client,
}
