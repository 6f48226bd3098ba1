import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { aFolder, nodeFlags } from '../support/program.ts'

const root = join(import.meta.dirname, '../..')
let main: string | undefined

/**
 * Compiles tokenwatch as an installation has it: what tests run from source carries helpers of tsx in
 * every function. Into a folder of its own, so that the checkout may change meanwhile. `BENCH_NODE_OPTIONS`
 * are added, for instance `--cpu-prof --cpu-prof-dir=/tmp/profile`.
 *
 * @returns what Node is to be started with
 */
export function buildProgram(): readonly string[] {
  main ??= build()
  const options = (process.env['BENCH_NODE_OPTIONS'] ?? '').split(' ').filter(Boolean)
  return [...nodeFlags(), ...options, main]
}

function build(): string {
  const folder = aFolder()
  const compiler = join(root, 'node_modules/.bin/tsc')
  execFileSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  cpSync(join(root, 'sql'), join(folder, 'sql'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'dist/main.js')
}
