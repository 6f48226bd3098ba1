import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { settingLeaves } from '../../src/config/setting-leaf.ts'
import { environmentAliases, Settings } from '../../src/settings.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Service {
  readonly image?: string
  readonly build?: string
  readonly environment?: Readonly<Record<string, string | number>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly restart: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

const compose: {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
} = parse(read('docker-compose.yml'))
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }))

test('has Kafka, ClickHouse, Grafana, a mail catcher and tokenwatch', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'clickhouse',
    'grafana',
    'kafka',
    'kafka-topics',
    'mailpit',
    'tokenwatch',
  ])
})

describe.each(services)('$name', ({ service }) => {
  const runsOnce = service.restart === 'no'

  test('runs a pinned image, or one that is built here', () => {
    if (service.build === undefined) expect(service.image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?$/)
    else expect(existsSync(join(root, service.build, 'Dockerfile'))).toBe(true)
  })

  test('tells whether it is healthy, if it goes on running', () => {
    expect(service.healthcheck?.test[0]).toBe(runsOnce ? undefined : 'CMD')
  })

  test('is reached from this machine only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test('waits for what it needs to be ready, not only started', () => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[name]
      expect(condition).toBe(
        other?.restart === 'no' ? 'service_completed_successfully' : 'service_healthy',
      )
    }
  })

  test('mounts only what exists', () => {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('.')) expect(existsSync(join(root, source)), source).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
  })

  test('takes every password from the environment', () => {
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (name.includes('PASSWORD')) expect(value).toMatch(/^\$\{[A-Z_]+:-this-machine-only\}$/)
    }
  })
})

test('tokenwatch is given settings that it knows', () => {
  const known = new Set([
    ...settingLeaves(Settings).map(({ environmentName }) => environmentName),
    ...Object.keys(environmentAliases),
  ])
  const inFile = Object.keys(compose.services['tokenwatch']?.environment ?? {})
  const inImage = [...read('Dockerfile').matchAll(/\b(TOKENWATCH_[A-Z_]+)=/g)].map(
    ([, name = '']) => name,
  )
  expect(inImage.length).toBeGreaterThan(0)
  expect([...inFile, ...inImage].filter(name => !known.has(name))).toEqual([])
})

test('Grafana logs in as the user that may only read', () => {
  const { environment } = compose.services['grafana'] ?? {}
  const analyst = read('docker/clickhouse/analyst.xml')
  const provisioned = read('dashboards/grafana/provisioning/datasources/clickhouse.yaml')
  expect(environment?.['TOKENWATCH_CLICKHOUSE_USER']).toBe('analyst')
  expect(analyst).toContain('<readonly>1</readonly>')
  expect([...analyst.matchAll(/GRANT .*/g)].map(([grant]) => grant)).toEqual([
    'GRANT SELECT ON tokenwatch.*</query>',
  ])
  for (const [name] of provisioned.matchAll(/(?<=\$)TOKENWATCH_\w+/g)) {
    expect(environment).toHaveProperty(name)
  }
})

test('the image runs as a user without rights, and has what the program reads', () => {
  const dockerfile = read('Dockerfile')
  expect(dockerfile).toMatch(/^FROM node:22-bookworm-slim$/m)
  expect(dockerfile).toMatch(/^USER node$/m)
  for (const folder of ['sql', 'dist', 'node_modules']) {
    expect(dockerfile).toContain(`COPY --from=build /app/${folder} ${folder}`)
  }
  const ignored = read('.dockerignore').split('\n')
  expect(ignored).toEqual(expect.arrayContaining(['.env', '.env.*', 'node_modules', '.git']))
  // What the build needs must not be left out.
  for (const path of ['src', 'sql', 'dashboards', 'dashboards/console', '.ci', '.npmrc']) {
    expect(ignored).not.toContain(path)
  }
})
