/**
 * How long to wait before the next attempt.
 *
 * delay = max(delays[failures - 1] * (0.8 + 0.4 * jitter), retryAfterMs)
 *
 * Jitter keeps what failed together from coming back together. What the receiver asks for is a lower
 * bound, cut at the longest delay of the schedule, so that no receiver can put us off for good.
 *
 * @param delaysMs - the schedule: wait after the first failure, the second, …
 * @param failures - attempts that have failed, >= 1
 * @param options.jitter - in [0, 1)
 * @param options.retryAfterMs - what the receiver asked for, if it did
 * @returns ms, or undefined when the schedule is used up
 */
export function retryDelayMs(
  delaysMs: readonly number[],
  failures: number,
  options: { readonly jitter: number; readonly retryAfterMs?: number | undefined },
): number | undefined {
  const delayMs = delaysMs[failures - 1]
  if (delayMs === undefined) return undefined
  const askedMs = Math.min(options.retryAfterMs ?? 0, Math.max(...delaysMs))
  return Math.round(Math.max(delayMs * (0.8 + 0.4 * options.jitter), askedMs))
}
