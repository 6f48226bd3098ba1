import type { Draft } from './draft.ts'

/** A parsed record; own keys only are read. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A gateway's way to log one call as a JSON object. */
export interface JsonFormat {
  readonly kind: 'json'
  /** Kebab-case, as in `formats` of a scan's summary. */
  readonly id: string
  /** Decides from the keys alone; at most one format claims a record. */
  claims(record: JsonObject): boolean
  /** Fills the draft; never throws, whatever the types of the values. */
  read(record: JsonObject, draft: Draft): void
}

/** A gateway's way to log one call as a line of text. */
export interface TextFormat {
  readonly kind: 'text'
  readonly id: string
  claims(line: string): boolean
  read(line: string, draft: Draft): void
}

export type Format = JsonFormat | TextFormat
