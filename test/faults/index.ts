/**
 * Nothing lost, nothing twice, whatever fails: seeded faults on real processes, and what they leave compared
 * with a run without them.
 *
 *   npm run test:faults -- [--faults 100] [--seed 1] [--minutes 60] [--partitions 3] [--kinds a,b] [--sabotage name]
 *
 * Exit code 1 when something differs. The last line is a JSON summary.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numberOption, print, textOption } from '../bench/report.ts'
import { stopPrograms } from '../support/program.ts'
import { runFaults } from './run.ts'

process.once('SIGINT', () => {
  stopPrograms()
  process.exit(130)
})

const summary = await runFaults({
  faults: numberOption('faults', 100),
  seed: numberOption('seed', 1),
  minutes: numberOption('minutes', 60),
  partitions: numberOption('partitions', 3),
  kinds: textOption('kinds', '').split(',').filter(Boolean),
  sabotage: textOption('sabotage', ''),
  logFolder: mkdtempSync(join(tmpdir(), 'tokenwatch-faults-')),
  print,
})
print(JSON.stringify(summary))
process.exitCode = summary.differences > 0 ? 1 : 0
