import type { IngestResult } from './ingest-reply.ts'

/** A request with an idempotency key, as it is remembered in the store. */
export interface RememberedRequest extends IngestResult {
  readonly source: string
  /** SHA-256 of source name and idempotency key, hex: clients put all kinds of things there. */
  readonly key: string
  /** SHA-256 of the body as sent, hex. */
  readonly bodyHash: string
  /** Of its events; both -1 for a request that turned out not to be stored. */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly atMs: number
}

/** What HTTP ingest asks of the store besides the pipeline; a request put again replaces the first. */
export interface RequestLog {
  put(request: RememberedRequest): Promise<void>
  find(source: string, key: string): Promise<RememberedRequest | undefined>
  /** Requests whose last offset is above the given one. */
  above(source: string, offset: number): Promise<readonly RememberedRequest[]>
  /** Last offset that the source is known to have used, -1 for none. */
  lastOffset(source: string): Promise<number>
}
