/**
 * Every benchmark, one after the other, each as a process of its own, with sizes that take minutes.
 *   npm run bench                all of them
 *   npm run bench -- pipeline    one of them, by name; further arguments are its own
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from '../support/program.ts'
import { print, report } from './report.ts'

const benches: Readonly<Record<string, readonly string[]>> = {
  stages: ['--records', '200000'],
  normalize: [],
  score: [],
  detection: ['--seeds', '41'],
  insert: [],
  scan: ['--records', '300000'],
  memory: [],
  latency: [],
  restart: [],
  steady: ['--seconds', '120'],
  pipeline: ['--records', '600000', '--rounds', '2', '--kinds', 'lean'],
}

const [wanted, ...own] = process.argv.slice(2)
if (wanted !== undefined && !(wanted in benches)) {
  throw new RangeError(`no such benchmark; there are ${Object.keys(benches).join(', ')}`)
}

/** Runs one and passes on what it prints; resolves to the measurement of its last line. */
async function run(name: string, args: readonly string[]): Promise<unknown> {
  const file = join(import.meta.dirname, `${name}.ts`)
  const flags = [...nodeFlags(), '--import', 'tsx']
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) {
    print(line)
    if (line !== '') last = line
  }
  if ((await ended) !== 0) throw new Error(`benchmark ${name} failed`)
  return JSON.parse(last)
}

if (wanted === undefined) {
  const results: Record<string, unknown> = {}
  for (const [name, args] of Object.entries(benches)) {
    print(`== ${name}`)
    results[name] = await run(name, args)
  }
  report({ bench: 'all', seed: 1, results })
} else await run(wanted, own)
