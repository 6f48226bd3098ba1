import type { RejectReason } from '../domain/reject.ts'
import type { Prepared } from './prepare-batch.ts'
import type { BodyFault } from './read-body.ts'

/** Why a request as a whole was not taken. */
export type RequestFault =
  | BodyFault
  | 'bad_idempotency_key'
  | 'idempotency_key_reused'
  | 'rate_limited'
  | 'overloaded'
  | 'store_unavailable'
  | 'not_ready'

/** One record that became no event: where it stood in the request, and why. Never its value. */
interface RecordError {
  /** Number of the line, or of the array's element, from 0. */
  readonly index: number
  readonly reason: RejectReason | (string & {})
  readonly field?: string
}

export interface IngestReply {
  /** 200 all taken · 207 some rejected · 400 all rejected or not readable · 413 · 429 · 503. */
  readonly status: 200 | 207 | 400 | 413 | 429 | 503
  readonly retryAfterSeconds?: number
  readonly body: {
    /** Events stored. */
    readonly accepted: number
    readonly rejected: number
    /** The first rejected records, up to a limit. */
    readonly errors: readonly RecordError[]
    /** Set when the request was not taken at all. */
    readonly fault?: RequestFault
  }
}

/** Result of a request whose records were looked at: what a repetition of it gets again. */
export interface IngestResult {
  readonly accepted: number
  readonly rejected: number
  readonly errors: readonly RecordError[]
}

const statusOf = {
  body_too_large: 413,
  decompressed_too_large: 413,
  too_many_records: 413,
  unsupported_encoding: 400,
  bad_encoding: 400,
  empty_body: 400,
  bad_json: 400,
  bad_idempotency_key: 400,
  idempotency_key_reused: 400,
  rate_limited: 429,
  overloaded: 503,
  store_unavailable: 503,
  not_ready: 503,
} as const satisfies Record<RequestFault, IngestReply['status']>

export function faultReply(fault: RequestFault, retryAfterSeconds?: number): IngestReply {
  return {
    status: statusOf[fault],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    body: { accepted: 0, rejected: 0, errors: [], fault },
  }
}

export function resultReply({ accepted, rejected, errors }: IngestResult): IngestReply {
  const status = accepted === 0 && rejected > 0 ? 400 : 207
  return { status: rejected === 0 ? 200 : status, body: { accepted, rejected, errors } }
}

/**
 * @param indexes - position in the request of each record, in the order of their offsets
 * @param errorsMax - most errors that are listed
 */
export function resultOf(
  { events, letters, firstOffset }: Prepared,
  indexes: readonly number[],
  errorsMax: number,
): IngestResult {
  const errors = letters.slice(0, errorsMax).map(({ offset, reason, field }) => ({
    index: indexes[offset - firstOffset] ?? 0,
    reason,
    ...(field !== undefined && { field }),
  }))
  return { accepted: events.length, rejected: letters.length, errors }
}
