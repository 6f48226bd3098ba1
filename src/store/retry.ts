import { setTimeout as delay } from 'node:timers/promises'
import type { PipelineError } from '../domain/pipeline-error.ts'
import { toPipelineError } from './to-pipeline-error.ts'

/** Wait before the n-th attempt after the first; the last one repeats. */
const RETRY_DELAYS_MS: readonly number[] = [100, 200, 500, 1_000, 2_000, 5_000]

export interface RetryOptions {
  /** Ends the waiting: the last error is thrown. */
  readonly signal?: AbortSignal | undefined
  /** Attempts in all; without it, until it works or the error is one that trying again cannot help. */
  readonly attemptsMax?: number | undefined
  readonly onFailure?: ((error: PipelineError, attempt: number) => void) | undefined
}

/**
 * Does the work until it succeeds. For work that may be done twice without harm only: after a lost answer
 * it may have taken effect already.
 *
 * @throws PipelineError the first that is not retryable, or the last one
 */
export async function retryStore<Value>(
  work: () => Promise<Value>,
  { signal, attemptsMax = Number.POSITIVE_INFINITY, onFailure }: RetryOptions = {},
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (caught) {
      const error = toPipelineError(caught)
      onFailure?.(error, attempt)
      if (!error.isRetryable || attempt >= attemptsMax) throw error
      await pause(retryDelayMs(attempt), signal)
      if (signal?.aborted === true) throw error
    }
  }
}

/** @param attempt - the one that failed, from 1 */
export function retryDelayMs(attempt: number): number {
  return RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length) - 1] ?? 0
}

/** Waits, but not longer than until the signal. */
export async function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}
