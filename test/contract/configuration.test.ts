import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settingsReference } from '../../src/cli/config.ts'
import { settingLeaves } from '../../src/config/setting-leaf.ts'
import { environmentAliases, Settings } from '../../src/settings.ts'

const leaves = settingLeaves(Settings)
const names = new Set([
  ...leaves.map(({ environmentName }) => environmentName),
  ...Object.keys(environmentAliases),
])

test('docs/configuration.md is fresh: `npx tokenwatch config --reference > docs/configuration.md`', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(settingsReference())
})

test('.env.example names settings that exist', () => {
  const mentioned = readFileSync('.env.example', 'utf8').match(/^# [A-Z0-9_]+(?==)/gm) ?? []
  expect(mentioned.length).toBeGreaterThan(5)
  expect(mentioned.map(line => line.slice(2)).filter(name => !names.has(name))).toEqual([])
})

test.each(leaves.map(leaf => [leaf.path.join('.'), leaf] as const))(
  '%s has a default and a description',
  (_, { schema }) => {
    expect(schema.default).toBeDefined()
    expect(schema.description?.length).toBeGreaterThan(5)
  },
)

test('every alias points to a setting', () => {
  const paths = leaves.map(({ path }) => path.join('.'))
  for (const path of Object.values(environmentAliases)) expect(paths).toContain(path)
})
