import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/**
 * Compiles tokenwatch, as an installation has it: what tests run from source carries helpers of tsx in
 * every function. `BENCH_NODE_OPTIONS` are added, for instance `--cpu-prof --cpu-prof-dir=/tmp/profile`.
 *
 * @returns what Node is to be started with
 */
export function buildProgram(): readonly string[] {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  const options = (process.env['BENCH_NODE_OPTIONS'] ?? '').split(' ').filter(Boolean)
  return [...options, 'dist/main.js']
}
