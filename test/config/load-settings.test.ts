import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { loadSettings, type SettingSources } from '../../src/config/load-settings.ts'
import { renderSettings } from '../../src/config/render-settings.ts'
import { OperatorError } from '../../src/domain/operator-error.ts'

const schema = Type.Object({
  api: Type.Object({
    port: Type.Integer({ default: 8470, minimum: 1, maximum: 65_535, description: 'TCP port.' }),
    host: Type.String({ default: '127.0.0.1' }),
  }),
  kafka: Type.Object({
    brokers: Type.Array(Type.String(), { default: [] }),
    groupId: Type.String({ default: 'tokenwatch' }),
    password: Type.String({ default: '', secret: true }),
    mode: Type.Union([Type.Literal('a'), Type.Literal('b')], { default: 'a' }),
  }),
})

const fileWith = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'tokenwatch.yaml')
  writeFileSync(file, text)
  return file
}

const faultsOf = (sources: SettingSources) => {
  try {
    loadSettings(schema, sources)
  } catch (error) {
    if (error instanceof OperatorError) return error.faults
    throw error
  }
  return []
}

test('without any source every setting has its default', () => {
  const settings = loadSettings(schema, { environment: {} })
  expect(settings.api).toEqual({ port: 8470, host: '127.0.0.1' })
  expect(settings.kafka.brokers).toEqual([])
})

test('flags beat the environment, which beats the file', () => {
  const settings = loadSettings(schema, {
    file: fileWith('api: { port: 1000, host: h1 }\nkafka: { groupId: g1 }\n'),
    environment: { TOKENWATCH_API_PORT: '2000', TOKENWATCH_KAFKA_GROUP_ID: 'g2' },
    overrides: { api: { port: 3000 } },
  })
  expect(settings.api).toEqual({ port: 3000, host: 'h1' })
  expect(settings.kafka.groupId).toBe('g2')
})

test('an alias of the environment sets its setting, a list is split', () => {
  const aliases = { KAFKA_BROKERS: 'kafka.brokers' }
  const settings = loadSettings(schema, {
    environment: { KAFKA_BROKERS: 'a:9092, b:9092' },
    aliases,
  })
  expect(settings.kafka.brokers).toEqual(['a:9092', 'b:9092'])
})

test('all faults are told at once, each with its path and what to do', () => {
  const faults = faultsOf({
    file: fileWith('api: { prot: 1 }\nkafka: { mode: c }\n'),
    environment: { TOKENWATCH_API_PORT: 'eighty', TOKENWATCH_TYPO: 'x' },
  })
  expect(faults.map(({ path }) => path).sort()).toEqual([
    'TOKENWATCH_TYPO',
    'api.port',
    'api.prot',
    'kafka.mode',
  ])
  expect(faults.find(({ path }) => path === 'kafka.mode')?.remedy).toBe('One of: a, b.')
})

test('a file that cannot be read is a fault, not a crash', () => {
  expect(faultsOf({ file: '/nowhere/at/all.yaml', environment: {} })).toMatchObject([
    { path: '/nowhere/at/all.yaml' },
  ])
})

test('secrets are masked when settings are printed', () => {
  const settings = loadSettings(schema, { environment: { TOKENWATCH_KAFKA_PASSWORD: 'hunter2' } })
  const text = renderSettings(schema, settings)
  expect(text).not.toContain('hunter2')
  expect(text).toContain('[set]')
})
