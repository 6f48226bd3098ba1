/**
 * A process of its own that appends events without end, to be killed by a test.
 * Arguments: address of the server, database, user, password, source. Prints a line for each batch.
 */
import { createClients } from '../../src/store/clients.ts'
import { openEventStream } from '../../src/store/event-stream.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { appendEvents, eventsOf } from './stored-events.ts'

const [url = '', database = '', username = '', password = '', source = ''] = process.argv.slice(2)
const login = { username, password }
const limits = { database, connectionsMax: 4, insertTimeoutSeconds: 30 }
const stream = { source, partition: 0 }
const writer = await openEventStream(
  {
    ...createClients(url, { admin: login, ingest: login, analyst: login }, limits),
    database,
    url,
    log: createLogger({ level: 'silent' }),
    health: createHealth(Date.now),
    clock: Date.now,
    embedded: undefined,
    close: () => Promise.resolve(),
  },
  stream,
)
for (;;) {
  const from = writer.watermark + 1
  await appendEvents(writer, eventsOf(stream, from, from + 4_000))
  process.stdout.write(`${writer.watermark}\n`)
}
