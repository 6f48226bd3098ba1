import { parseArgs } from 'node:util'
import type { DeadLetter } from '../../domain/reject.ts'
import type { RecordPosition } from '../../ingest/read-kafka-records.ts'
import type { Settings } from '../../settings.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { forTerminal } from '../for-terminal.ts'
import { given, loadCommandSettings } from '../load-command-settings.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import { parsePosition, positionText } from './record-position.ts'
import { replayRecords } from './replay.ts'

const help = `Shows records that became no event, and sends those of Kafka through again.

Usage: tokenwatch dead-letters list   [--reason REASON] [--limit N] [--json]
       tokenwatch dead-letters show   POSITION
       tokenwatch dead-letters replay POSITION… | --reason REASON [--limit N]

A POSITION is source/partition/offset, as list prints it. Nothing of a record's content is kept or shown:
replay reads it again from its topic and hands it to the ingest of the running tokenwatch. Replayed twice
within two days, it is stored once. Records that came by HTTP cannot be read again.

  --url URL       a running tokenwatch (default: the address of the settings)
  --config FILE   settings, YAML; the admin key is TOKENWATCH_API_ADMIN_KEY
  --reason REASON only those of one reason
  --limit N       at most so many, 1 to 1000, the newest first (default 50)
  --json          NDJSON on standard output
  --help          this text

Exit code: 0 done, 1 when a record was not accepted, 2 wrong use.
`

const options = {
  url: { type: 'string' },
  config: { type: 'string' },
  reason: { type: 'string' },
  limit: { type: 'string', default: '50' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** `tokenwatch dead-letters list|show|replay`. */
export async function deadLettersCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [action = '', ...texts] = positionals
  if (values.help) return say(help)
  const settings = loadCommandSettings({ configFile: values.config })
  const positions = texts.map(parsePosition)
  const query = given({ reason: values.reason, limit: values.limit }) as Record<string, string>
  const isFiltered = values.reason !== undefined
  const open = () => createApiClient(values.url ?? urlOf(settings), settings.api.adminKey)

  if (action === 'list' && positions.length === 0) return await list(open(), query, values.json)
  const [position] = positions
  if (action === 'show' && position !== undefined && positions.length === 1) {
    return await show(open(), position)
  }
  if (action === 'replay' && positions.length > 0 !== isFiltered) {
    const api = open()
    return await replay(api, settings, isFiltered ? await positionsOf(api, query) : positions)
  }
  process.stderr.write(help)
  return 2
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function urlOf({ api }: Settings): string {
  const isAny = api.host === '0.0.0.0' || api.host === '::'
  const host = isAny ? '127.0.0.1' : api.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${api.port}`
}

async function positionsOf(api: ApiClient, query: Record<string, string>) {
  const { deadLetters } = await api.deadLetters(query)
  // One record may have become several dead letters.
  const byText = new Map(deadLetters.map(letter => [positionText(letter), letter]))
  return [...byText.values()]
}

async function list(api: ApiClient, query: Record<string, string>, isJson: boolean) {
  const { counts, deadLetters } = await api.deadLetters(query)
  if (isJson) return say(deadLetters.map(letter => `${JSON.stringify(letter)}\n`).join(''))
  if (deadLetters.length === 0) return say('No dead letters.\n')
  const summary = counts.map(({ reason, count }) => `${reason} ${count}`).join(', ')
  const lines = deadLetters.map(letter => {
    const { receivedMs, reason, format = '-', field = '-' } = letter
    const at = new Date(receivedMs).toISOString()
    return forTerminal(`${at}  ${positionText(letter)}  ${reason}  ${format}  ${field}`)
  })
  return say(`${lines.join('\n')}\n\nOf all that are kept: ${summary}\n`)
}

async function show(api: ApiClient, position: RecordPosition) {
  const { source, partition, offset } = position
  const query = { source, partition: String(partition), offset: String(offset), limit: '1000' }
  const { deadLetters } = await api.deadLetters(query)
  if (deadLetters.length === 0) {
    process.stderr.write(`No dead letter at ${forTerminal(positionText(position))}.\n`)
    return 1
  }
  return say(deadLetters.map(described).join('\n'))
}

function described(letter: DeadLetter): string {
  const { receivedMs, reason, format, field, keys, bytes, index } = letter
  const rows: readonly (readonly [string, string])[] = [
    ['Position', `${positionText(letter)}, part ${index}`],
    ['Received', new Date(receivedMs).toISOString()],
    ['Reason', reason],
    ['Format', format ?? 'not recognized'],
    ['Field', field ?? '-'],
    ['Keys', keys.join(', ') || '-'],
    ['Bytes', String(bytes)],
  ]
  return rows.map(([name, value]) => `${name.padEnd(10)}${forTerminal(value)}\n`).join('')
}

async function replay(api: ApiClient, settings: Settings, positions: readonly RecordPosition[]) {
  if (positions.length === 0) return say('No dead letters.\n')
  let accepted = 0
  await replayRecords({
    api,
    kafka: settings.ingest.kafka,
    log: createLogger({ level: 'warn' }),
    positions,
    tell({ position, isAccepted, text }) {
      if (isAccepted) accepted += 1
      process.stdout.write(`${forTerminal(`${positionText(position)}  ${text}`)}\n`)
    },
  })
  process.stdout.write(`${accepted} of ${positions.length} accepted\n`)
  return accepted === positions.length ? 0 : 1
}
