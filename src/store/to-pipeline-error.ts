import { ClickHouseError } from '@clickhouse/client'
import { type ErrorCode, PipelineError } from '../domain/pipeline-error.ts'

/** What `throwIf` says when somebody else owns the stream. */
export const FENCED = 'fenced'

/**
 * Server errors after which trying again helps. Outcome unknown: the statement may have taken effect.
 * Every other code means that the server understood and refused.
 */
const serverCodes: Readonly<Record<string, ErrorCode>> = {
  '159': 'store_outcome_unknown', // TIMEOUT_EXCEEDED
  '209': 'store_outcome_unknown', // SOCKET_TIMEOUT
  '210': 'store_outcome_unknown', // NETWORK_ERROR
  '236': 'store_outcome_unknown', // ABORTED
  '279': 'store_outcome_unknown', // ALL_CONNECTION_TRIES_FAILED
  '319': 'store_outcome_unknown', // UNKNOWN_STATUS_OF_INSERT
  '394': 'store_outcome_unknown', // QUERY_WAS_CANCELLED
  '173': 'store_busy', // CANNOT_ALLOCATE_MEMORY
  '202': 'store_busy', // TOO_MANY_SIMULTANEOUS_QUERIES
  '241': 'store_busy', // MEMORY_LIMIT_EXCEEDED
  '242': 'store_busy', // TABLE_IS_READ_ONLY
  '243': 'store_busy', // NOT_ENOUGH_SPACE
  '252': 'store_busy', // TOO_MANY_PARTS
  '439': 'store_busy', // CANNOT_SCHEDULE_TASK
  '745': 'store_busy', // SERVER_OVERLOADED
  '598': 'store_busy', // ASYNC_LOAD_WAIT_FAILED: tables are still being loaded
}

/** The connection was never made, so nothing can have taken effect. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

/**
 * The one error of the store for whatever the ClickHouse client threw. It throws four shapes: its own class
 * with a server code; a plain error with a system code; a time-out without one; for a 503 of a proxy, a
 * plain error that has only the body as its message.
 *
 * @throws the error itself when it is a mistake of the program (TypeError, RangeError, ...)
 */
export function toPipelineError(error: unknown): PipelineError {
  if (error instanceof PipelineError) return error
  if (error instanceof ClickHouseError) return fromServer(error)
  if (!(error instanceof Error) || isProgramMistake(error)) throw error

  const code = 'code' in error ? String(error.code) : undefined
  if (code !== undefined && neverConnected.has(code)) {
    return new PipelineError('store_unavailable', `ClickHouse cannot be reached (${code}).`, {
      cause: error,
    })
  }
  if (code !== undefined || /^(Timeout error|The user aborted)/.test(error.message)) {
    const reason = code ?? 'no answer in time'
    return new PipelineError('store_outcome_unknown', `ClickHouse did not answer (${reason}).`, {
      cause: error,
    })
  }
  // A body that is no ClickHouse error came from something in between, and it did not pass the request on.
  return new PipelineError('store_unavailable', 'Something before ClickHouse refused.', {
    cause: error,
  })
}

function fromServer(error: ClickHouseError): PipelineError {
  const { code, type } = error
  if (code === '395' && error.message.includes(FENCED)) {
    return new PipelineError('store_fenced', 'Another process owns this stream.', { cause: error })
  }
  return new PipelineError(
    serverCodes[code] ?? 'store_refused',
    `ClickHouse answered ${type ?? 'an error'} (${code}).`,
    { cause: error },
  )
}

const isProgramMistake = (error: Error) =>
  (error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError) &&
  !('code' in error)
