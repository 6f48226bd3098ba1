import type { KafkaSettings } from '../../ingest/kafka-settings.ts'
import { type RecordPosition, readKafkaRecords } from '../../ingest/read-kafka-records.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { ApiClient } from './api-client.ts'
import { positionText } from './record-position.ts'

/** What became of a record that was read again; never anything of its content. */
export interface Outcome {
  readonly position: RecordPosition
  readonly isAccepted: boolean
  readonly text: string
}

/**
 * Reads records again from their topics and hands them to the ingest of a running tokenwatch, each under a
 * key of its own: replayed twice within two days, it is stored once.
 */
export async function replayRecords(options: {
  readonly api: ApiClient
  readonly kafka: KafkaSettings
  readonly log: Logger
  readonly positions: readonly RecordPosition[]
  tell(outcome: Outcome): void
}): Promise<void> {
  const { api, kafka, log, positions, tell } = options
  const topics = [...new Set(positions.map(({ source }) => source))]
  for (const topic of topics) {
    const ofTopic = positions.filter(({ source }) => source === topic)
    if (!kafka.topics.includes(topic)) {
      const text = topic.startsWith('http.') ? notKept : noTopic
      for (const position of ofTopic) tell({ position, isAccepted: false, text })
      continue
    }
    await readKafkaRecords({
      settings: kafka,
      log,
      topic,
      positions: ofTopic,
      take: async (position, content) => tell(await sendAgain(api, position, content)),
    })
  }
}

const notKept =
  'not replayed: it came by HTTP, and tokenwatch keeps no records; its sender was told the reason'
const noTopic = 'not replayed: its source is no topic of ingest.kafka.topics in these settings'

async function sendAgain(
  api: ApiClient,
  position: RecordPosition,
  content: Buffer | undefined,
): Promise<Outcome> {
  if (content === undefined) {
    return {
      position,
      isAccepted: false,
      text: 'gone: Kafka does not have it any more, or it cannot be decoded',
    }
  }
  const { accepted, errors } = await api.send({
    ...bodyOf(content.toString()),
    idempotencyKey: `replay:${positionText(position)}`,
  })
  const reasons = [...new Set(errors.map(({ reason }) => reason))].join(', ')
  const isAccepted = accepted > 0 && errors.length === 0
  const text = isAccepted ? `accepted, ${accepted} events` : `rejected: ${reasons || 'empty'}`
  return { position, isAccepted, text }
}

/** One record as a body of its own: JSON may have line breaks in it, so it goes as an array. */
function bodyOf(record: string): { readonly body: string; readonly contentType: string } {
  try {
    const isList = Array.isArray(JSON.parse(record))
    return { body: isList ? record : `[${record}]`, contentType: 'application/json' }
  } catch {
    // Text of a log, not JSON: lines.
    return { body: record, contentType: 'application/x-ndjson' }
  }
}
