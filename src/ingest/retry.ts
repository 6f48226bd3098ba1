import { PipelineError } from '../domain/pipeline-error.ts'

/**
 * Waits, or less when one of the signals says so. Not by `AbortSignal.any`: each of its signals leaves
 * some bytes behind in one that lives as long as the program.
 */
export function pauseFor(delayMs: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise(resolve => {
    if (signals.some(({ aborted }) => aborted)) return resolve()
    const finish = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    for (const signal of signals) signal.addEventListener('abort', finish)
  })
}

/** Waits for the work, but no longer than that; what it comes to is not told. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work, pauseFor(ms, done.signal)])
  done.abort()
}

/** Doubles from 100 ms to the given maximum, less up to a fifth so that processes spread out. */
export function backOffMs(attempt: number, delayMsMax: number, jitter: number): number {
  return Math.min(delayMsMax, 100 * 2 ** Math.min(attempt, 20)) * (1 - jitter / 5)
}

export interface RetryOptions {
  readonly signal: AbortSignal
  readonly delayMsMax: number
  /** Attempts for an error that trying again should not help; retryable ones have no limit. */
  readonly attemptsMax: number
  onFailure(error: unknown, attempt: number): void
}

/**
 * Tries until it works, the signal is aborted, or an error that is not retryable has come
 * `attemptsMax` times.
 *
 * @throws the last error
 */
export async function retry<Value>(
  task: () => Promise<Value>,
  options: RetryOptions,
): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      const isRetryable = error instanceof PipelineError && error.isRetryable
      const isLast = !isRetryable && attempt + 1 >= options.attemptsMax
      if (isLast || options.signal.aborted) throw error
      options.onFailure(error, attempt + 1)
      await pauseFor(backOffMs(attempt, options.delayMsMax, Math.random()), options.signal)
    }
  }
}
