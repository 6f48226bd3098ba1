import type { RuleDetector } from '../detector.ts'

/**
 * A call that was answered although the token is revoked: the gateway still serves it.
 * Refusals are what a revocation is for and prove nothing. Wrong when the registry is out of date.
 */
export const usedAfterRevocation: RuleDetector = {
  kind: 'rule',
  id: 'used-after-revocation',
  judge({ ts, authOutcome }, registered, graceMs) {
    const revokedMs = registered?.revokedAtMs
    if (revokedMs === undefined || authOutcome !== 'ok' || ts <= revokedMs + graceMs)
      return undefined
    return `expected no answer after the revocation at ${new Date(revokedMs).toISOString()}, saw a call that was served`
  },
}
