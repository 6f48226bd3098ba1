import type { AccessEvent } from '../domain/access-event.ts'
import type { Finding } from '../domain/finding.ts'
import type { DeadLetter } from '../domain/reject.ts'
import { type Deferred, deferred } from './deferred.ts'

/** Events in the form of the store; only the store looks into them. */
export interface EncodedEvents {
  readonly rows: number
}

/** What goes into one insert, and what is handed over once it is stored. */
export interface WriteBatch {
  /** Before `events`, in order. */
  readonly blocks: EncodedEvents[]
  /** Not encoded yet. */
  readonly events: AccessEvent[]
  readonly letters: DeadLetter[]
  readonly findings: Finding[]
  readonly stored: Deferred
  /** Stored, and its findings and dead letters handed over. */
  readonly settled: Deferred
  /** Of all events, encoded or not. */
  rows: number
  bytes: number
  lastOffset: number
}

export const emptyBatch = (): WriteBatch => ({
  blocks: [],
  events: [],
  letters: [],
  findings: [],
  stored: deferred(),
  settled: deferred(),
  rows: 0,
  bytes: 0,
  lastOffset: -1,
})

export const isEmpty = ({ rows, letters, findings }: WriteBatch) =>
  rows + letters.length + findings.length === 0
