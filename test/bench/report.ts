import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** What a benchmark says of itself, besides where and of what it was run. */
export interface Measurement {
  readonly bench: string
  readonly seed: number
  /** Of what else took part: server, broker, scorer. */
  readonly versions?: Readonly<Record<string, unknown>>
  readonly results: unknown
}

export const print = (text: string) => void process.stdout.write(`${text}\n`)

/** Prints the measurement as the last line of a benchmark: one JSON object. */
export function report({ bench, seed, versions, results }: Measurement): void {
  const line = {
    bench,
    commit: commit(),
    machine: machine(),
    versions: { node: process.version, tokenwatch: packageVersion(), ...versions },
    seed,
    results,
  }
  print(JSON.stringify(line))
}

export const round = (value: number, digits = 0) => Number(value.toFixed(digits))

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/** The least value that is not below that share of all, by nearest rank; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** `--name value` or `--name=value` of the command line, as a number of at least `minimum`. */
export function numberOption(name: string, fallback: number, minimum = 1): number {
  const text = textOption(name, String(fallback))
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`--${name} must be a whole number from ${minimum}, not ${text}`)
  }
  return value
}

export function textOption(name: string, fallback: string): string {
  const args = process.argv.slice(2)
  const at = args.indexOf(`--${name}`)
  if (at >= 0) return args[at + 1] ?? fallback
  return args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback
}

export const machine = () => ({
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  memoryBytes: totalmem(),
})

export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown' // an archive without its history
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
