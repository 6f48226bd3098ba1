import type { RuleDetector } from '../detector.ts'

/**
 * Any use of a token that nobody has a reason to use.
 * Evaded by knowing which tokens are bait. Wrong when an owner tests the bait.
 */
export const honeytoken: RuleDetector = {
  kind: 'rule',
  id: 'honeytoken',
  judge: (_event, registered) =>
    registered?.isHoneytoken
      ? 'expected no use of this honeytoken, saw a call: any use is theft'
      : undefined,
}
