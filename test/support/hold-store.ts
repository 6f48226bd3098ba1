/** A process of its own that opens the store in a folder and waits, to be killed by a test. */

import { openStore } from '../../src/store/store.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { testSettings } from './clickhouse.ts'

const [dataDir = ''] = process.argv.slice(2)
const log = createLogger({ level: 'silent' })
const health = createHealth(Date.now)
const settings = testSettings({ dataDir })
const store = await openStore({ settings, log, health, clock: Date.now })
process.stdout.write(`${store.embedded?.pid}\n`)
setInterval(() => undefined, 60_000)
