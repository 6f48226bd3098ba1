import type { Format, JsonFormat, JsonObject, TextFormat } from './format.ts'

/** One format seen in one source. */
export interface FormatCount {
  readonly source: string
  readonly format: string
  readonly records: number
  /** Of these, records that came after the source had counted as another format. */
  readonly drifted: number
}

interface SourceState {
  last: Format | undefined
  run: number
  locked: Format | undefined
  readonly counts: Map<string, { records: number; drifted: number }>
}

/** Sources are named by the operator; more than this many are counted as one. */
const sourcesMax = 1_000

/**
 * Which format a source speaks. A source counts as a format after `lockRecords` records of it in a
 * row; that format is then asked first, and any other is drift: still read, and counted.
 */
export function createFormatLocks(formats: readonly Format[], lockRecords: number) {
  const jsonFormats = formats.filter((format): format is JsonFormat => format.kind === 'json')
  const textFormats = formats.filter((format): format is TextFormat => format.kind === 'text')
  const sources = new Map<string, SourceState>()
  let lastSource = ''
  let lastState: SourceState | undefined

  function stateOf(source: string): SourceState {
    if (source === lastSource && lastState !== undefined) return lastState
    const name = sources.has(source) || sources.size < sourcesMax ? source : '(other)'
    const state = sources.get(name) ?? {
      last: undefined,
      run: 0,
      locked: undefined,
      counts: new Map(),
    }
    sources.set(name, state)
    lastSource = source
    lastState = state
    return state
  }

  function count(state: SourceState, format: Format): void {
    if (state.last === format) state.run += 1
    else {
      state.last = format
      state.run = 1
    }
    const isDrift = state.locked !== undefined && state.locked !== format
    if (state.run >= lockRecords) state.locked = format
    const counted = state.counts.get(format.id)
    if (counted === undefined) state.counts.set(format.id, { records: 1, drifted: isDrift ? 1 : 0 })
    else {
      counted.records += 1
      if (isDrift) counted.drifted += 1
    }
  }

  return {
    get sources() {
      return sources.size
    },
    sourcesMax,

    /** The format of a JSON record, counted; undefined where none claims it. */
    ofRecord(source: string, record: JsonObject): JsonFormat | undefined {
      const state = stateOf(source)
      const { locked } = state
      const isLocked = locked?.kind === 'json' && locked.claims(record)
      const format = isLocked ? locked : jsonFormats.find(candidate => candidate.claims(record))
      if (format !== undefined) count(state, format)
      return format
    },

    /** The format of a line of text, counted; undefined where none claims it. */
    ofLine(source: string, line: string): TextFormat | undefined {
      const state = stateOf(source)
      const { locked } = state
      const isLocked = locked?.kind === 'text' && locked.claims(line)
      const format = isLocked ? locked : textFormats.find(candidate => candidate.claims(line))
      if (format !== undefined) count(state, format)
      return format
    },

    counts: (): readonly FormatCount[] =>
      [...sources].flatMap(([source, { counts }]) =>
        [...counts].map(([format, { records, drifted }]) => ({ source, format, records, drifted })),
      ),
  }
}
