import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

import { logFormats } from '../../src/simulate/formats/formats.ts'
import { createWorld } from '../../src/simulate/world.ts'

/** What a file of records for benchmarks is to hold. */
export interface CorpusOptions {
  /** Written with gzip where it ends in `.gz`. */
  readonly path: string
  readonly records: number
  readonly tokens: number
  readonly seed: number
  /** `kong`, `tokenwatch` or `nginx`. */
  readonly format: string
  readonly startMs?: number
}

/** Calls per token and day of a world at volume 1, less a fifth, so that there are always enough. */
const callsPerTokenDay = 100
const chunkLength = 262_144

/**
 * Writes exactly so many records of ordinary traffic, one a line in time order: the same options give
 * the same bytes. About 50,000 records a second; memory is that of one simulated hour.
 *
 * @returns bytes of text written, before compression
 */
export async function writeCorpus(options: CorpusOptions): Promise<number> {
  const { path, records, tokens, seed, format, startMs = Date.UTC(2026, 0, 5) } = options
  const render = logFormats[format]
  if (render === undefined) throw new RangeError(`no such format: ${format}`)
  const days = 1 + records / (tokens * callsPerTokenDay)
  const world = createWorld({ seed, tokens, days, startMs, attacks: [] })
  let bytes = 0

  function* chunks() {
    let chunk = ''
    let left = records
    for (const call of world.events()) {
      if (left === 0) break
      left -= 1
      chunk += `${render?.(call)}\n`
      if (chunk.length < chunkLength) continue
      bytes += chunk.length
      yield chunk
      chunk = ''
    }
    if (left > 0) throw new RangeError(`the world has ${left} records too few`)
    bytes += chunk.length
    yield chunk
  }
  const source = Readable.from(chunks(), { highWaterMark: 1 })
  const file = createWriteStream(path)
  if (path.endsWith('.gz')) await pipeline(source, createGzip({ level: 1 }), file)
  else await pipeline(source, file)
  return bytes
}
