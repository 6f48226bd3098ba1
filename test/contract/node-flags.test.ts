import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeFlags } from '../support/program.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('scripts and the image start the server with the flags that its first line has', () => {
  const flags = nodeFlags()
  expect(flags).toContain('--max-semi-space-size=128')
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const entrypoint = /^ENTRYPOINT (.+)$/m.exec(read('Dockerfile'))?.[1] ?? '[]'
  const servers = [scripts['start'], scripts['demo'], JSON.parse(entrypoint).join(' ')]
  for (const server of servers) for (const flag of flags) expect(server).toContain(` ${flag} `)
})
