import type { RuleDetector } from '../detector.ts'

/**
 * A call that was answered although the token has expired, by the registry or by the token itself.
 * Wrong when the registry is out of date.
 */
export const usedAfterExpiry: RuleDetector = {
  kind: 'rule',
  id: 'used-after-expiry',
  judge({ ts, authOutcome, tokenExpiresAtMs }, registered, graceMs) {
    const expiresMs = registered?.expiresAtMs ?? tokenExpiresAtMs
    if (expiresMs === undefined || authOutcome !== 'ok' || ts <= expiresMs + graceMs)
      return undefined
    return `expected no answer after the expiry at ${new Date(expiresMs).toISOString()}, saw a call that was served`
  },
}
