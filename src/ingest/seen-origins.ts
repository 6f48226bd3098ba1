import type { SourcePosition } from '../domain/source-position.ts'

interface Mark {
  offset: number
  index: number
}

/**
 * Tells relayed events that came before. Into one stream every writer, also one that has been replaced and
 * does not know it, writes the events of an origin in their order and without a gap, and begins at or below
 * what is acknowledged: so an event at or below the highest one seen is there already. See
 * docs/decisions/0013.
 */
export class SeenOrigins {
  readonly #marks = new Map<string, Map<number, Mark>>()

  /** @param stored - highest position of each origin that the store has of the stream */
  constructor(stored: readonly SourcePosition[]) {
    for (const { source, partition, offset, index } of stored) {
      this.#ofSource(source).set(partition, { offset, index })
    }
  }

  /** Whether it is seen for the first time; from then on it is known. Hot path: O(1). */
  isNew({ source, partition, offset, index }: SourcePosition): boolean {
    const marks = this.#ofSource(source)
    const mark = marks.get(partition)
    if (mark === undefined) {
      marks.set(partition, { offset, index })
      return true
    }
    if (offset < mark.offset || (offset === mark.offset && index <= mark.index)) return false
    mark.offset = offset
    mark.index = index
    return true
  }

  #ofSource(source: string): Map<number, Mark> {
    let marks = this.#marks.get(source)
    if (marks === undefined) {
      marks = new Map()
      this.#marks.set(source, marks)
    }
    return marks
  }
}
