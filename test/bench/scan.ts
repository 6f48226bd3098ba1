/**
 * `tokenwatch scan` as a process: records and bytes per second from file to scored, and its peak memory at
 * two sizes of one make: it must not grow with the file.
 *   npx tsx test/bench/scan.ts [--records N] [--tokens N]
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder, removeFolders } from '../support/program.ts'
import { buildProgram } from './built-program.ts'
import { writeCorpus } from './corpus.ts'
import { numberOption, print, report, round } from './report.ts'

const records = numberOption('records', 1_000_000)
const tokens = numberOption('tokens', 2_000)
const seed = 1
/** Writes the peak of resident memory after the output. */
const wrapper = `
  process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))
  process.argv.splice(1, 1)
  await import(process.argv[1])
`

async function measure(count: number) {
  const path = join(aFolder(), 'corpus.ndjson')
  const bytes = await writeCorpus({ path, records: count, tokens, seed, format: 'kong' })
  const program = buildProgram()
  const [main = ''] = program.slice(-1)
  const startMs = performance.now()
  const shell = '"$@" 2>&1 >/dev/null | grep ^peak'
  const node = [process.execPath, ...program.slice(0, -1), '--input-type=module', '-e', wrapper]
  const output = execFileSync(
    'sh',
    ['-c', shell, 'sh', ...node, 'node', main, 'scan', '--no-progress', path],
    {
      encoding: 'utf8',
    },
  )
  const seconds = (performance.now() - startMs) / 1_000
  rmSync(path)
  const result = {
    records: count,
    seconds: round(seconds, 1),
    recordsPerSecond: round(count / seconds),
    mibPerSecond: round(bytes / 1_048_576 / seconds, 1),
    peakMib: round(Number(output.trim().split(' ')[1]) / 1_024),
  }
  print(
    `${count} records: ${result.recordsPerSecond}/s, ${result.mibPerSecond} MiB/s, peak ${result.peakMib} MiB`,
  )
  return result
}

try {
  const small = await measure(Math.round(records / 4))
  const large = await measure(records)
  report({ bench: 'scan', seed, results: { small, large, start: 'loading networks included' } })
} finally {
  removeFolders()
}
