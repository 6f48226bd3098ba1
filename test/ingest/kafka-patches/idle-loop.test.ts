import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { loadKafkajs } from '../../../src/ingest/kafka-patches/load-kafkajs.ts'

const require = createRequire(import.meta.url)
await loadKafkajs({ isFastDecoderOn: true, isIdleLoopFixed: true })

interface Queue {
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null
  readonly pending: unknown[]
  throttledUntil: number
  scheduleCheckPendingRequests(): void
  destroy(): void
}
const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue

test('a connection wakes up when something waits or is throttled, and not else', () => {
  const logger = { namespace: () => logger, debug: () => undefined }
  const idle = new RequestQueue({ logger })
  idle.scheduleCheckPendingRequests()
  expect(idle.throttleCheckTimeoutId).toBeNull()

  const throttled = new RequestQueue({ logger })
  throttled.throttledUntil = Date.now() + 60_000
  throttled.scheduleCheckPendingRequests()
  expect(throttled.throttleCheckTimeoutId).not.toBeNull()
  throttled.destroy()

  const busy = new RequestQueue({ logger })
  busy.pending.push({})
  busy.scheduleCheckPendingRequests()
  expect(busy.throttleCheckTimeoutId).not.toBeNull()
  busy.destroy()
})
