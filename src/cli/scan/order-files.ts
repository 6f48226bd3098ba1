import type { AccessEvent } from '../../domain/access-event.ts'
import { readRecordFiles } from '../../ingest/record-files.ts'
import type { Normalizer } from '../../normalize/normalizer.ts'

/** Records looked at for the first that gives an event. */
const RECORDS_MAX = 1_000

/**
 * Log files in the order of their first event, so that a rotated log is read as it was written. Files
 * without any event among their first records come last, in the order given.
 *
 * @throws OperatorError as reading does
 */
export async function orderFiles(
  files: readonly string[],
  deps: {
    readonly normalizer: Normalizer
    readonly recordBytesMax: number
    readonly nowMs: number
  },
): Promise<readonly string[]> {
  if (files.length < 2 || files.includes('-')) return files
  const starts = new Map<string, number>()
  for (const file of files) starts.set(file, await firstTs(file, deps))
  return [...files].sort((one, other) => {
    const [first, second] = [starts.get(one) ?? 0, starts.get(other) ?? 0]
    return first === second ? 0 : first - second
  })
}

async function firstTs(
  file: string,
  deps: {
    readonly normalizer: Normalizer
    readonly recordBytesMax: number
    readonly nowMs: number
  },
): Promise<number> {
  let first: AccessEvent | undefined
  const sink = {
    event(event: AccessEvent) {
      first ??= event
    },
    reject: () => {},
  }
  let seen = 0
  const { recordBytesMax, nowMs } = deps
  for await (const { records } of readRecordFiles([file], {
    recordBytesMax,
    stdin: process.stdin,
  })) {
    for (const { offset, content } of records) {
      if ('refused' in content) continue
      const record = { source: file, partition: 0, offset, receivedMs: nowMs, content }
      deps.normalizer.normalize(record, sink)
      seen += 1
      if (first !== undefined) return first.ts
      if (seen >= RECORDS_MAX) return Number.MAX_SAFE_INTEGER
    }
  }
  return Number.MAX_SAFE_INTEGER
}
