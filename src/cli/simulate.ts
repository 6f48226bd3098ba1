import { writeFile } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'

import { type Fault, OperatorError } from '../domain/operator-error.ts'
import { type AttackKind, attackKinds } from '../simulate/attacks/attack-kind.ts'
import { logFormats } from '../simulate/formats/formats.ts'
import type { SimulatedCall } from '../simulate/simulated-call.ts'
import { createWorld, type World, type WorldOptions } from '../simulate/world.ts'

const help = `Writes simulated access logs, one call a line, to standard output.

Usage: tokenwatch simulate [options] > events.ndjson

  --seed N        whole number; the same seed and options give the same lines (default 1)
  --tokens N      tokens in use by their owners (default 60)
  --days N        length of the log (default 28)
  --start ISO     begin of the log (default 2026-01-05T00:00:00Z)
  --volume N      multiplies how often owners call (default 1: about 130 calls per token and day)
  --format NAME   ${Object.keys(logFormats).join(', ')} (default tokenwatch)
  --attacks LIST  all, none, or kinds with commas between, each staged once (default all):
                  ${attackKinds.slice(0, 5).join(', ')},
                  ${attackKinds.slice(5).join(', ')}
  --labels FILE   the truth: one JSON object per attacked token, then per innocent look-alike
  --registry FILE the tokens, in the form that \`scan --tokens\` reads
  --help          this text
`

const options = {
  seed: { type: 'string', default: '1' },
  tokens: { type: 'string', default: '60' },
  days: { type: 'string', default: '28' },
  start: { type: 'string', default: '2026-01-05T00:00:00Z' },
  volume: { type: 'string', default: '1' },
  format: { type: 'string', default: 'tokenwatch' },
  attacks: { type: 'string', default: 'all' },
  labels: { type: 'string' },
  registry: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/**
 * `tokenwatch simulate`: as fast as the reader takes it, in bounded memory.
 *
 * @returns exit code: 0 done, also when the reader closed the pipe early
 * @throws OperatorError when an option is wrong
 */
export async function simulateCommand(
  args: readonly string[],
  output: Writable = process.stdout,
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    output.write(help)
    return 0
  }
  const render = logFormats[values.format]
  const read = readOptions(values)
  if (render === undefined || read.faults.length > 0) {
    const known = Object.keys(logFormats).join(', ')
    const unknownFormat = {
      path: '--format',
      problem: 'no such format',
      remedy: `Use one of ${known}.`,
    }
    throw new OperatorError([...read.faults, ...(render === undefined ? [unknownFormat] : [])])
  }
  const world = stage(read.world)
  if (values.labels !== undefined) await writeFile(values.labels, labelLines(world))
  if (values.registry !== undefined) await writeFile(values.registry, registryLines(world))
  await writeCalls(renderChunks(world.events(), render), output)
  return 0
}

function readOptions(values: Readonly<Partial<Record<keyof typeof options, string | boolean>>>) {
  const faults: Fault[] = []
  const number = (name: 'seed' | 'tokens' | 'days' | 'volume', min: number, isWhole: boolean) => {
    const value = Number(values[name])
    if (
      !(value >= min) ||
      value > Number.MAX_SAFE_INTEGER ||
      (isWhole && !Number.isInteger(value))
    ) {
      const kind = isWhole ? 'a whole number' : 'a number'
      faults.push({
        path: `--${name}`,
        problem: `not ${kind}`,
        remedy: `Give ${kind} from ${min}.`,
      })
    }
    return value
  }
  const startMs = Date.parse(String(values.start))
  if (Number.isNaN(startMs)) {
    faults.push({
      path: '--start',
      problem: 'not a time',
      remedy: 'Give it as 2026-01-05T00:00:00Z.',
    })
  }
  const world: WorldOptions = {
    seed: number('seed', 0, true),
    tokens: number('tokens', 1, true),
    days: number('days', 0.01, false),
    volume: number('volume', 0.001, false),
    startMs,
    attacks: readAttacks(String(values.attacks), faults),
  }
  return { world, faults }
}

function readAttacks(list: string, faults: Fault[]): readonly AttackKind[] {
  if (list === 'all') return attackKinds
  if (list === 'none') return []
  const isKind = (name: string): name is AttackKind => attackKinds.some(kind => kind === name)
  const names = list.split(',').map(name => name.trim())
  for (const name of names.filter(candidate => !isKind(candidate))) {
    const problem = `no such attack: ${name.slice(0, 40)}`
    faults.push({ path: '--attacks', problem, remedy: '`tokenwatch simulate --help` lists them.' })
  }
  return names.filter(isKind)
}

/** What only the world itself can find, such as an attack that suits none of a few tokens. */
function stage(options: WorldOptions): World {
  try {
    return createWorld(options)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const remedy = 'Take more tokens, or other attacks.'
    throw new OperatorError([{ path: '--attacks', problem: error.message, remedy }], {
      cause: error,
    })
  }
}

function labelLines({ labels, lookAlikes }: World): string {
  const iso = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : undefined)
  const lines = [
    ...labels.map(label => ({ type: 'attack', ...label })),
    ...lookAlikes.map(label => ({ type: 'look-alike', ...label })),
  ]
  return lines
    .map(({ startMs, endMs, ...rest }) => ({ ...rest, from: iso(startMs), to: iso(endMs) }))
    .map(line => `${JSON.stringify(line)}\n`)
    .join('')
}

function registryLines({ tokens }: World): string {
  return tokens
    .map(({ credentialId, consumer, application, tenant, issuedAtMs, revokedAtMs }) =>
      JSON.stringify({
        credentialId,
        owner: consumer,
        application,
        tenant,
        issuedAt: new Date(issuedAtMs).toISOString(),
        ...(revokedAtMs !== undefined && { revokedAt: new Date(revokedAtMs).toISOString() }),
      }),
    )
    .map(line => `${line}\n`)
    .join('')
}

const chunkLengthMin = 65_536

/** Writes at the pace of the reader; a reader that goes away ends it without an error. */
async function writeCalls(chunks: Iterable<string>, output: Writable): Promise<void> {
  try {
    await pipeline(Readable.from(chunks, { highWaterMark: 1 }), output, { end: false })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

function* renderChunks(calls: Iterable<SimulatedCall>, render: (call: SimulatedCall) => string) {
  let chunk = ''
  for (const call of calls) {
    chunk += `${render(call)}\n`
    if (chunk.length < chunkLengthMin) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
