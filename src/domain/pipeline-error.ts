/** Every code of a failed dependency, and whether trying again can help. */
const retryable = {
  store_unavailable: true,
  store_busy: true,
  store_outcome_unknown: true,
  store_refused: false,
  store_fenced: false,
  store_schema_newer: false,
  store_rollup_ahead: false,
  source_unavailable: true,
  source_reset: false,
  receiver_unavailable: true,
  receiver_refused: false,
} as const
export type ErrorCode = keyof typeof retryable

/** The one error of a dependency that failed. Callers decide on the code, never on the message. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get isRetryable(): boolean {
    return retryable[this.code]
  }
}
