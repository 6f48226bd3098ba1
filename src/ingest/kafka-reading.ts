import type { Stream } from '../domain/source-position.ts'
import type { Extent } from './kafka-position.ts'

/** A partition that is assigned to us and positioned. A new generation of the group makes new ones. */
export interface Reading {
  readonly stream: Stream
  /** Offset to read on at. */
  next: number
  /** Last offset that the handler has, -1 for none. Behind it there may be what is no record. */
  handed: number
  extent: Extent
  /** Not read, because its buffer is full. */
  isWaiting: boolean
  /** Records of it are with the handler. */
  isBusy: boolean
  /** When it last got on, or had no reason to: wall clock, ms. */
  movedMs: number
}

/** What the parts of one consumer share. */
export interface ReadingState {
  /** The stream's reading in the present generation. */
  reading(stream: Stream): Reading | undefined
  /** Whether the operator or the end of the program holds all reading up. */
  isPaused(): boolean
  pauseReading(stream: Stream): void
  resumeReading(stream: Stream): void
}
