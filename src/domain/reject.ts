import type { SourcePosition } from './source-position.ts'

/** Why a record became no event. A closed list: counted, shown, and the reason of a dead letter. */
export const rejectReasons = [
  'empty_record',
  'record_too_long',
  'not_text',
  'not_json',
  'too_deep',
  'unknown_format',
  'wrong_type',
  'missing_time',
  'bad_time',
  'time_before_2000',
  'time_in_future',
  'missing_identity',
  'bad_address',
  'missing_method',
  'missing_path',
  'bad_status',
  'too_many_records',
  'undecodable_batch',
  'missing_codec',
  'unprocessable',
] as const
export type RejectReason = (typeof rejectReasons)[number]

/** A record that could not be normalized, told without any of its values. */
export interface Reject extends SourcePosition {
  readonly reason: RejectReason
  /** Format that was tried, when one was recognized. */
  readonly format: string | undefined
  /** Name of the field at fault, when one is. */
  readonly field: string | undefined
  /** Key names of the record, dotted, at most 40 of at most 60 characters, redacted like everything. */
  readonly keys: readonly string[]
  readonly bytes: number
}

/** A reject as it is kept: where it came from, when it came, and why it is no event. */
export interface DeadLetter extends Reject {
  readonly receivedMs: number
}
