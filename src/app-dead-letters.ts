import type { Shared } from './app-parts.ts'
import type { Tables } from './app-tables.ts'
import { createDeadLetterTopic } from './ingest/dead-letter-topic.ts'
import type { BatchSinks } from './ingest/stream-writer.ts'

/** Where dead letters go: into the store, and, if there is one, to the topic that tells of them. */
export function openDeadLetters(
  parts: Shared & { readonly tables: Pick<Tables, 'deadLetters'> },
): BatchSinks['deadLetters'] & { close(): Promise<void> } {
  const { kafka } = parts.settings.ingest
  const isTold = kafka.brokers.length > 0 && kafka.deadLetterTopic !== ''
  const topic = isTold ? createDeadLetterTopic({ ...parts, settings: kafka }) : undefined
  return {
    async append(letters) {
      await parts.tables.deadLetters.append(letters)
      await topic?.tell(letters)
    },
    close: async () => topic?.close(),
  }
}
