import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { severities } from '../../src/domain/finding.ts'
import { rejectReasons } from '../../src/domain/reject.ts'
import { aFolder, removeFolders, startProgram } from '../support/program.ts'

const realLog = join(import.meta.dirname, '../fixtures/logs/apache-combined.log.gz')
const root = join(import.meta.dirname, '../..')

// The interface of docs/scan.md, and nothing beside it: a field that is added is documented.
const strict = { additionalProperties: false }
const isoTime = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' })
const quantity = Type.Number({ minimum: 0 })
const count = Type.Integer({ minimum: 0 })
const optionalText = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }))
const detectors = Type.Array(Type.String({ pattern: '^[a-z-]+$' }), { minItems: 1 })
const whose = {
  token: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  entity: Type.Enum(['token', 'address']),
  tokenHint: Type.String({ minLength: 1, maxLength: 40 }),
  credentialId: optionalText,
  consumer: optionalText,
  application: optionalText,
  tenant: Type.String({ minLength: 1 }),
}
const rated = {
  severity: Type.Enum([...severities]),
  risk: Type.Number({ minimum: 0, maximum: 100 }),
  surprise: quantity,
}
const evidence = Type.Array(
  Type.Object(
    {
      detector: Type.String(),
      observed: Type.Number(),
      expected: Type.Number(),
      surprise: quantity,
      contribution: quantity,
      values: Type.Array(Type.String(), { maxItems: 5 }),
      text: Type.String({ pattern: '[Ee]xpected .* saw ' }),
      history: Type.String({ minLength: 1 }),
    },
    strict,
  ),
  { minItems: 1 },
)
const trigger = Type.Object(
  {
    ip: Type.String(),
    prefix: Type.String(),
    asn: count,
    country: Type.String(),
    networkType: Type.String(),
    client: Type.String(),
    method: Type.String(),
    route: Type.String(),
    status: count,
    gateway: Type.String(),
    node: Type.String(),
  },
  strict,
)
const position = Type.Object(
  { source: Type.String(), partition: count, offset: count, index: count },
  strict,
)
const countsBy = (names: readonly string[]) =>
  Type.Partial(Type.Object(Object.fromEntries(names.map(name => [name, count])), strict))

const lineSchemas = {
  finding: Type.Object(
    {
      type: Type.Literal('finding'),
      ts: isoTime,
      id: Type.String(),
      alert: Type.Boolean(),
      scorerVersion: Type.String(),
      ...whose,
      ...rated,
      ...{ detectors, evidence, trigger, position },
    },
    strict,
  ),
  incident: Type.Object(
    {
      type: Type.Literal('incident'),
      id: Type.String(),
      title: Type.String({ minLength: 1 }),
      from: isoTime,
      to: isoTime,
      findingCount: count,
      findingIds: Type.Array(Type.String(), { minItems: 1, maxItems: 200 }),
      ...whose,
      ...rated,
      ...{ detectors, evidence, trigger },
    },
    strict,
  ),
  summary: Type.Object(
    {
      type: Type.Literal('summary'),
      ...{ records: count, accepted: count, rejected: count, rejectedBy: countsBy(rejectReasons) },
      formats: Type.Record(Type.String(), count),
      ...{ tokens: count, addresses: count, tokenDays: count },
      from: Type.Union([isoTime, Type.Null()]),
      to: Type.Union([isoTime, Type.Null()]),
      ...{ findings: count, findingsAll: count, incidents: count },
    },
    strict,
  ),
} as const

type Line = {
  [Name in keyof typeof lineSchemas]: Type.Static<(typeof lineSchemas)[Name]>
}[keyof typeof lineSchemas]

interface Label {
  readonly type: string
  readonly role?: string
  readonly kind: string
  readonly token: string
  readonly credentialId: string
  readonly from: string
  readonly to: string
}

interface World {
  readonly log: string
  readonly registry: string
  readonly lines: readonly string[]
  readonly labels: readonly Label[]
  readonly tokens: readonly string[]
}

let folder: string
let world: World
/** All of the world's log, with its registry: what other ways of reading it must equal. */
let whole: Scanned

beforeAll(async () => {
  folder = aFolder()
  const [labels, registry, log] = ['labels', 'registry', 'log'].map(name => join(folder, name))
  const simulate = startProgram([
    ...['simulate', '--seed', '7', '--tokens', '32', '--days', '21', '--volume', '0.15'],
    ...['--format', 'kong', '--attacks', 'stolen-token,use-after-revocation'],
    ...['--labels', labels ?? '', '--registry', registry ?? ''],
  ])
  expect(await simulate.ended).toBe(0)
  writeFileSync(log ?? '', simulate.output())
  const text = simulate.output()
  world = {
    log: log ?? '',
    registry: registry ?? '',
    lines: text.trimEnd().split('\n'),
    labels: readFileSync(labels ?? '', 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
    tokens: [...new Set(text.match(/tw_demo_[0-9a-f]{32}/g))],
  }
  whole = await scanJson([...allFindings(), world.log])
})

const allFindings = () => ['--findings', 'all', '--tokens', world.registry]

afterAll(removeFolders)

async function scan(args: readonly string[], input?: string | Buffer) {
  const program = startProgram(['scan', ...args], input === undefined ? {} : { input })
  const exitCode = await program.ended
  return { exitCode, output: program.output(), errors: program.errors() }
}

async function scanJson(args: readonly string[], input?: string | Buffer) {
  const { exitCode, output, errors } = await scan(['--json', ...args], input)
  expect([exitCode, errors]).toEqual([0, ''])
  const lines: readonly Line[] = output
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const ofType = <Name extends Line['type']>(name: Name) =>
    lines.filter((line): line is Extract<Line, { type: Name }> => line.type === name)
  const [summary, ...more] = ofType('summary')
  if (summary === undefined || more.length > 0) throw new Error('not one summary')
  return { output, lines, findings: ofType('finding'), incidents: ofType('incident'), summary }
}

type Scanned = Awaited<ReturnType<typeof scanJson>>

/** What was found, without where it stood. */
const found = ({ findings, incidents, summary }: Scanned) => ({
  findings: findings.map(({ position: _, id: __, ...finding }) => finding),
  incidents: incidents.map(({ id: _, findingIds: __, ...incident }) => incident),
  summary,
})

test('a real log without tokens: addresses are judged, and the output says so', async () => {
  const { exitCode, output, errors } = await scan([realLog])
  expect([exitCode, errors]).toEqual([0, ''])
  expect(output).toMatch(/Records +10,000 +accepted 10,000 +rejected 0/)
  expect(output).toMatch(/Formats +nginx-combined 10,000/)
  expect(output).toMatch(/1,753 client addresses .*carries no token/)
  expect(output).toMatch(/2015-05-17 10:05 UTC to 2015-05-20 21:05 UTC/)

  const { summary, findings } = await scanJson(['--findings', 'all', realLog])
  expect(summary).toMatchObject({ records: 10_000, tokens: 1_753, addresses: 1_753 })
  for (const { entity } of findings) expect(entity).toBe('address')
})

test('each line is as documented, in the documented order, and the counts agree', () => {
  const { lines, findings, incidents, summary, output } = whole
  for (const line of lines) {
    const schema = lineSchemas[line.type]
    expect(Value.Check(schema, line) || [...Value.Errors(schema, line)].slice(0, 3)).toBe(true)
  }
  const order = ['finding', 'incident', 'summary']
  const places = lines.map(({ type }) => order.indexOf(type))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  const ranks = incidents.map(
    ({ severity, surprise }) => severities.indexOf(severity) * 1e6 + surprise,
  )
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))

  const alerts = findings.filter(({ alert }) => alert)
  expect(summary).toMatchObject({
    records: world.lines.length,
    accepted: world.lines.length,
    rejected: 0,
    formats: { kong: world.lines.length },
    findings: alerts.length,
    findingsAll: findings.length,
    incidents: incidents.length,
  })
  expect(incidents.reduce((sum, { findingCount }) => sum + findingCount, 0)).toBe(alerts.length)
  expect(findings.length).toBeGreaterThan(alerts.length)
  const alertIds = new Set(alerts.map(({ id }) => id))
  for (const { findingIds, from, to } of incidents) {
    expect(findingIds.filter(id => !alertIds.has(id))).toEqual([])
    expect(from <= to && (summary.from ?? '') <= from && to <= (summary.to ?? '')).toBe(true)
  }
  const lowest = Math.min(...alerts.map(({ surprise }) => surprise))
  for (const { surprise, alert } of findings) expect(alert).toBe(surprise >= lowest)
  for (const line of findings) {
    const contributions = line.evidence.map(({ contribution }) => contribution)
    expect(contributions).toEqual(contributions.toSorted((a, b) => b - a))
    expect(line.detectors).toEqual(line.evidence.map(({ detector }) => detector))
  }

  const victims = world.labels.filter(({ type, role }) => type === 'attack' && role === 'victim')
  expect(victims.length).toBeGreaterThan(0)
  for (const { credentialId, from, to } of victims) {
    const hit = alerts.find(
      ({ credentialId: id, ts }) => id === credentialId && from <= ts && ts < to,
    )
    expect(hit, credentialId).toBeDefined()
  }
  expect(world.tokens.length).toBeGreaterThanOrEqual(32)
  expect(world.tokens.filter(token => output.includes(token))).toEqual([])
})

test('the same input gives the same bytes; --findings alerts leaves the others out', async () => {
  const [again, alerts] = await Promise.all([
    scanJson([...allFindings(), world.log]),
    scanJson(['--tokens', world.registry, world.log]),
  ])
  expect(again.output === whole.output).toBe(true)
  const isShown = (line: Line) => line.type !== 'finding' || line.alert
  expect(alerts.lines).toEqual(whole.lines.filter(isShown))
})

test('gzip, standard input and files in any order are one log', async () => {
  const third = Math.ceil(world.lines.length / 3)
  const files = [0, 1, 2].map(at => {
    const text = `${world.lines.slice(at * third, (at + 1) * third).join('\n')}\n`
    const name = join(folder, at === 1 ? 'part-1.gz' : `part-${at}`)
    writeFileSync(name, at === 1 ? gzipSync(text) : text)
    return name
  })
  const [parts, input] = await Promise.all([
    scanJson([...allFindings(), ...files.toReversed()]),
    scanJson([...allFindings(), '-'], gzipSync(readFileSync(world.log))),
  ])
  expect(whole.findings.length).toBeGreaterThan(10)
  expect(found(parts)).toEqual(found(whole))
  expect(found(input)).toEqual(found(whole))
})

test('what the registry says of a token shows: expiry, revocation, honeytoken, owner', async () => {
  const day = (n: number) => new Date(Date.UTC(2026, 0, 5 + n)).toISOString()
  const tokens = Array.from({ length: 6 }, (_, n) => ['test', 'key', n, 'Qw3rTy'].join('-'))
  const lines = Array.from({ length: 24 * 10 }, (_, hour) =>
    tokens.map((token, n) =>
      JSON.stringify({
        ts: Date.UTC(2026, 0, 5, hour, n),
        token,
        ip: `198.51.100.${10 + n}`,
        method: 'GET',
        path: '/v1/orders',
        status: 200,
      }),
    ),
  ).flat()
  const registered = [
    { expiresAt: day(8) },
    { revokedAt: day(8) },
    { honeytoken: true },
    { protected: true, owner: 'mail-service', application: 'mailer', tenant: 'acme' },
    { expiresAt: day(400), revokedAt: null },
  ].map((facts, n) => JSON.stringify({ token: tokens[n], ...facts }))
  const registry = join(folder, 'facts')
  writeFileSync(registry, `${registered.join('\n')}\n`)

  const { incidents, output, summary } = await scanJson(
    ['--findings', 'all', '--tokens', registry, '-'],
    lines.join('\n'),
  )
  expect(summary.accepted).toBe(lines.length)
  const causes = new Set(incidents.map(incident => incident.detectors[0]))
  expect([...causes].toSorted()).toEqual([
    'honeytoken',
    'used-after-expiry',
    'used-after-revocation',
  ])
  const tokensFound = new Set(incidents.map(({ token }) => token))
  expect(tokensFound.size).toBe(3)
  for (const incident of incidents) expect(incident.severity).toMatch(/high|critical/)
  expect(tokens.filter(token => output.includes(token))).toEqual([])
})

test('records that cannot be used are counted by reason; none that can is exit code 1', async () => {
  const bad = ['nonsense', '{}', '42', '{"ts":0,"path":"/","method":"GET","token":"x"}', '\0']
  const mixed = [...world.lines.slice(0, 10), ...bad, ...world.lines.slice(10, 20)].join('\n')
  const { summary } = await scanJson(['-'], mixed)
  expect(summary).toMatchObject({ records: 25, accepted: 20, rejected: 5 })
  expect(summary.rejectedBy).toEqual({
    not_json: 1,
    unknown_format: 1,
    wrong_type: 1,
    time_before_2000: 1,
    not_text: 1,
  })
  const unusable = await scan(['--json', '-'], bad.join('\n'))
  expect(unusable.exitCode).toBe(1)
  expect(JSON.parse(unusable.output)).toMatchObject({ type: 'summary', accepted: 0, from: null })
})

test('wrong use and files that cannot be read are exit code 2, with what to do', async () => {
  const cut = join(folder, 'cut.gz')
  writeFileSync(cut, gzipSync(world.lines.slice(0, 2_000).join('\n')).subarray(0, 20_000))
  const registry = join(folder, 'broken-registry')
  const secret = ['sk', 'live', 'Zk3vJ8qLw2Xr9TbN5mPc7YdH'].join('_')
  writeFileSync(registry, `{"token":"${secret}","ownr":"x"}\nnonsense ${secret}\n`)
  const directory = join(folder, 'directory')
  mkdirSync(directory)
  const uses: readonly (readonly [args: readonly string[], told: readonly RegExp[]])[] = [
    [[directory], [/directory.*EISDIR/]],
    [[cut], [/cut\.gz.*damaged or not whole/]],
    [
      ['--findings', 'some', '--budget', '0', world.log],
      [/--findings/, /--budget/],
    ],
    [
      ['--tokens', registry, world.log],
      [/broken-registry:1/, /broken-registry:2/],
    ],
    [['--trusted-proxies', 'nonsense', world.log], [/trustedProxies/]],
  ]
  await Promise.all(
    uses.map(async ([args, told]) => {
      const { exitCode, errors } = await scan(args)
      expect([args, exitCode]).toEqual([args, 2])
      for (const pattern of told) expect(errors).toMatch(pattern)
      expect(errors).not.toContain(secret)
    }),
  )
})

test('a reader that has seen enough is no failure', async () => {
  const run = promisify(execFile)
  const command = `set -o pipefail; "${process.execPath}" --import tsx src/main.ts scan --json --findings all "${world.log}" | head -n 1`
  const { stdout, stderr } = await run('bash', ['-c', command], { cwd: root })
  expect(JSON.parse(stdout)).toMatchObject({ type: 'finding' })
  expect(stderr).toBe('')
})

test('nothing in a log or a name of a file moves the cursor of a terminal', async () => {
  const hostile = '\u001b[2J\u001b]0;owned\u0007\u202e\u009b31m'
  const victim = world.labels.find(({ role }) => role === 'victim')?.credentialId
  const lines = world.lines.map(line => {
    const record = JSON.parse(line)
    if (record.authenticated_entity?.id !== victim) return line
    record.consumer.username = `x${hostile}`
    record.hostname = `node${hostile}`
    record.workspace_name = `acme${hostile}`
    record.request.headers['user-agent'] = `evil/1 ${hostile}`
    record.request.uri = `/${hostile}${record.request.uri}`
    return JSON.stringify(record)
  })
  const file = join(folder, `log${hostile.replaceAll('/', '')}`)
  writeFileSync(file, [...lines, hostile].join('\n'))
  const [plain, json, missing, unknown] = await Promise.all([
    scan([file]),
    scan(['--json', '--findings', 'all', file]),
    scan([`${file}-that-is-not-there`]),
    scan([`--x${hostile}`, file]),
  ])
  expect(plain.output).toMatch(/rejected 1\n +not_text: 1\n/)
  expect(plain.output).toMatch(/(HIGH|CRITICAL).*acme/)
  expect([plain.exitCode, json.exitCode, missing.exitCode, unknown.exitCode]).toEqual([0, 0, 2, 2])
  for (const { output, errors } of [plain, json, missing, unknown]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(output + errors)).toBe(false)
  }
})
