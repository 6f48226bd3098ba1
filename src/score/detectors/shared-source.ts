import type { SpecialDetector } from '../detector.ts'

/**
 * One prefix that surprised several tokens on one day: spraying, or a campaign.
 * Evaded by one address for each token. Wrong on an office move, when many tokens meet a new network.
 */
export const sharedSource: SpecialDetector = {
  kind: 'shared-source',
  id: 'shared-source',
  family: 'source',
  isBursty: false,
  noun: 'tokens surprised by one prefix today',
}
