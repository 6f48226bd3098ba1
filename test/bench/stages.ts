/**
 * What each stage costs per event, alone in one process: the same records as in `pipeline`, normalized,
 * scored and encoded one stage after the other in chunks. Compiled, as an installation runs it.
 *   npm run bench -- stages [--records N] [--tokens N] [--kind lean]
 *
 * The first quarter warms up and is not counted.
 */
import { dirname, join } from 'node:path'
import type { AccessEvent } from '../../src/domain/access-event.ts'
import { createWorld } from '../../src/simulate/world.ts'
import { removeFolders } from '../support/program.ts'
import { buildProgram } from './built-program.ts'
import { kongKinds } from './kong-kinds.ts'
import { pace } from './pace.ts'
import { numberOption, print, report, round, textOption } from './report.ts'

const records = numberOption('records', 400_000)
const tokens = numberOption('tokens', 12_000)
const kind = textOption('kind', 'lean')
const seed = 1
const CHUNK = 1_000
const WARM_UP_SHARE = 0.25
const DAY_MS = 86_400_000
const stream = { source: 'bench.stages', partition: 0 }

const built = dirname(buildProgram().at(-1) ?? '')
const load = async <Module>(path: string) => (await import(join(built, `${path}.js`))) as Module

/** The stages as `serve` makes them, from the compiled program, with default settings. */
async function createStages() {
  const [
    { loadSettings },
    { Settings },
    { createNormalizer },
    { createScorer },
    store,
    native,
    networks,
  ] = await Promise.all([
    load<typeof import('../../src/config/load-settings.ts')>('config/load-settings'),
    load<typeof import('../../src/settings.ts')>('settings'),
    load<typeof import('../../src/normalize/normalizer.ts')>('normalize/normalizer'),
    load<typeof import('../../src/score/scorer.ts')>('score/scorer'),
    load<typeof import('../../src/store/event-columns.ts')>('store/event-columns'),
    load<typeof import('../../src/store/native/native-encoder.ts')>('store/native/native-encoder'),
    load<typeof import('../../src/ingest/address-databases.ts')>('ingest/address-databases'),
  ])
  const { createLogger } =
    await load<typeof import('../../src/telemetry/logger.ts')>('telemetry/logger')
  const settings = loadSettings(Settings, { environment: {} })
  return {
    normalizer: createNormalizer({
      fingerprintKey: Buffer.alloc(32, 7),
      networks: await networks.loadAddressDatabases({ log: createLogger({ level: 'warn' }) }),
      settings: settings.normalize,
    }),
    scorer: createScorer({ settings: settings.score, onFinding: () => undefined }),
    encoder: native.createNativeEncoder(store.eventColumns),
  }
}

/** Records as a consumer has them: bytes. */
function contents(): Buffer[] {
  const render = kongKinds[kind]
  if (render === undefined) throw new RangeError(`no such kind of record: ${kind}`)
  const days = 1 + records / (tokens * 100)
  const world = createWorld({
    seed,
    tokens,
    days,
    startMs: Date.now() - days * DAY_MS,
    attacks: [],
  })
  const made: Buffer[] = []
  for (const call of world.events()) {
    if (made.length === records) return made
    made.push(Buffer.from(render(call)))
  }
  throw new RangeError('the world has too few calls')
}

const { normalizer, scorer, encoder } = await createStages()
const all = contents()
const spent = { normalize: 0, score: 0, encode: 0 }
let counted = 0
let bytes = 0
pace()
const paceBefore = pace()
for (let start = 0; start < all.length; start += CHUNK) {
  const events: AccessEvent[] = []
  const sink = { event: (event: AccessEvent) => void events.push(event), reject: () => undefined }
  const receivedMs = Date.now()
  const times = [performance.now()]
  for (const [at, content] of all.slice(start, start + CHUNK).entries()) {
    normalizer.normalize({ ...stream, offset: start + at, receivedMs, content }, sink)
  }
  times.push(performance.now())
  for (const event of events) scorer.observe(event)
  times.push(performance.now())
  const block = encoder.encode(events)
  times.push(performance.now())
  if (start < records * WARM_UP_SHARE) continue
  const [a = 0, b = 0, c = 0, d = 0] = times
  spent.normalize += b - a
  spent.score += c - b
  spent.encode += d - c
  counted += events.length
  bytes += block.length
}
const perEvent = (ms: number) => round((ms * 1_000) / counted, 2)
const results = {
  records,
  tokens: scorer.stats().tokens,
  kind,
  normalizeMicroseconds: perEvent(spent.normalize),
  scoreMicroseconds: perEvent(spent.score),
  encodeMicroseconds: perEvent(spent.encode),
  encodedBytesPerEvent: round(bytes / counted),
  paceNanoseconds: round((paceBefore + pace()) / 2),
}
print(
  `${results.tokens} tokens: normalize ${results.normalizeMicroseconds} us, score ${results.scoreMicroseconds}, encode ${results.encodeMicroseconds}; pace ${results.paceNanoseconds}`,
)
report({ bench: 'stages', seed, results })
removeFolders()
