import { parseArgs } from 'node:util'
import { readRegistryFile } from '../../app-registry.ts'
import { fingerprintKey } from '../../config/fingerprint-key.ts'
import { type Fault, OperatorError } from '../../domain/operator-error.ts'
import { loadAddressDatabases } from '../../ingest/address-databases.ts'
import { readRecordFiles } from '../../ingest/record-files.ts'
import { createFingerprinter } from '../../normalize/fingerprint.ts'
import { createNormalizer } from '../../normalize/normalizer.ts'
import { createTokenRegistry } from '../../normalize/token-registry.ts'
import { createScorer } from '../../score/scorer.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { given, loadCommandSettings } from '../load-command-settings.ts'
import { createJsonOutput } from './json-output.ts'
import { orderFiles } from './order-files.ts'
import { createProgressBar } from './progress-bar.ts'
import { createScan } from './scan-records.ts'
import { createTextOutput } from './text-output.ts'

const help = `Finds misused tokens in access logs, without any server.

Usage: tokenwatch scan [options] FILE…      FILE may be - for standard input

  --json                 NDJSON: findings, then incidents, then one summary (docs/scan.md)
  --findings alerts|all  with --json: also findings below the alert threshold (default alerts)
  --budget B             accepted false alerts per 1,000 active token-days (default 1)
  --tokens FILE          token registry, NDJSON: what you know of your tokens
  --trusted-proxies LIST networks whose X-Forwarded-For is believed
  --config FILE          settings, YAML: the sections normalize, score and identity are used
  --no-progress          no progress bar
  --help                 this text

Reads NDJSON, JSON or text lines, plain or gzip, and detects the format.
`

const options = {
  json: { type: 'boolean', default: false },
  findings: { type: 'string', default: 'alerts' },
  budget: { type: 'string' },
  tokens: { type: 'string' },
  'trusted-proxies': { type: 'string' },
  config: { type: 'string' },
  'no-progress': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/**
 * Without a configured key: fixed and public, so that the same file gives the same output everywhere.
 * A high-entropy token cannot be found from its fingerprint even so.
 */
const PUBLIC_KEY = Buffer.from('tokenwatch scan: public fingerprint key', 'utf8')

/** `tokenwatch scan`: 0 when the input was read to the end, 1 when none of it could be used. */
export async function scanCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  requireUse(values, positionals)
  const settings = loadCommandSettings({
    configFile: values.config,
    overrides: given({
      score: given({ alertBudgetPer1000TokenDays: numberOf(values.budget) }),
      normalize: given({ trustedProxies: values['trusted-proxies']?.split(',') }),
    }),
  })
  const setting = settings.identity.fingerprintKey
  const key = setting === '' ? PUBLIC_KEY : fingerprintKey({ setting, dataDir: settings.dataDir })
  const { ofToken } = createFingerprinter(key)
  const registry = createTokenRegistry(
    values.tokens === undefined ? [] : readRegistryFile(values.tokens, ofToken),
  )
  const networks = await loadAddressDatabases({ log: createLogger({ level: 'warn' }) })
  const newNormalizer = () =>
    createNormalizer({ fingerprintKey: key, networks, registry, settings: settings.normalize })
  const { recordBytesMax } = settings.normalize

  const write = (text: string) => void process.stdout.write(text)
  const scan = createScan({
    normalizer: newNormalizer(),
    createScorer: onFinding => createScorer({ settings: settings.score, registry, onFinding }),
    output: values.json ? createJsonOutput(write) : createTextOutput(write),
    isAllFindings: values.findings === 'all',
    groupingWindowMs: settings.alert.incidents.groupingWindowMs,
    clock: Date.now,
  })
  const nowMs = Date.now()
  const files = await orderFiles(positionals, {
    normalizer: newNormalizer(),
    recordBytesMax,
    nowMs,
  })
  const bar = createProgressBar(values['no-progress'] ? { write } : process.stderr, Date.now)
  for await (const chunk of readRecordFiles(files, { recordBytesMax, stdin: process.stdin })) {
    const records = scan.take({ source: chunk.file, records: chunk.records })
    bar.update({ bytes: chunk.bytesRead, total: chunk.bytesTotal, records })
    if (process.stdout.writableNeedDrain)
      await new Promise(done => process.stdout.once('drain', done))
  }
  bar.clear()
  return scan.end().accepted > 0 ? 0 : 1
}

function requireUse(
  values: { readonly findings: string; readonly budget?: string },
  files: readonly string[],
): void {
  const faults: Fault[] = []
  if (files.length === 0) {
    const remedy =
      'Name the log files, or - for standard input; `tokenwatch scan --help` tells more.'
    faults.push({ path: 'FILE', problem: 'is missing', remedy })
  }
  if (values.findings !== 'alerts' && values.findings !== 'all') {
    faults.push({ path: '--findings', problem: 'is unknown', remedy: 'One of: alerts, all.' })
  }
  if (values.budget !== undefined && !(Number(values.budget) > 0)) {
    faults.push({
      path: '--budget',
      problem: 'is no number above 0',
      remedy: 'For instance 1 or 5.',
    })
  }
  if (faults.length > 0) throw new OperatorError(faults)
}

const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text))
