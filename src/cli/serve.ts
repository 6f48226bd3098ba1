import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { type App, startApp } from '../app.ts'
import { OperatorError } from '../domain/operator-error.ts'
import type { Settings } from '../settings.ts'
import { createLogger } from '../telemetry/logger.ts'
import { startDemo } from './demo/start-demo.ts'
import { given, loadCommandSettings } from './load-command-settings.ts'
import { programVersion } from './program-version.ts'

const help = `Runs tokenwatch: HTTP ingest, Kafka, API, page, alerts and response.

Usage: tokenwatch serve [options]

  --demo            plays a theft with simulated gateways; needs nothing, leaves nothing behind
  --config FILE     settings, YAML (docs/configuration.md); also TOKENWATCH_CONFIG
  --data-dir DIR    folder of everything kept on disk (default tokenwatch-data)
  --role ROLE       all, normalize or score: see below (default all)
  --host ADDRESS    address to listen on (default 127.0.0.1)
  --port PORT       port to listen on (default 8470)
  --help            this text

Roles are for gateways' topics that are not keyed by token: processes of role normalize read them and write
redacted events to an internal topic (ingest.relay.topic) keyed by fingerprint; processes of role score read
that one, store, score and respond. Role all does both if an internal topic is set, and needs none.
docs/operations.md, "Topics that are not keyed by token", has the rest.

Every setting can also be given in the environment. Ctrl-C drains and stops within ten seconds.
`

const options = {
  demo: { type: 'boolean', default: false },
  config: { type: 'string' },
  'data-dir': { type: 'string' },
  role: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** So long after draining a stop is given up: whatever hangs, the process must not. */
const STOP_MS_MAX = 7_500
/** How long what has not ended by itself after a stop in order is let be. */
const LINGER_MS_MAX = 300

/** `tokenwatch serve`: runs until a signal; 0 when it stopped in order. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const settings = loadCommandSettings({
    configFile: values.config,
    overrides: given({
      dataDir: values['data-dir'],
      role: values.role,
      api: given({ host: values.host, port: portOf(values.port) }),
    }),
  })
  return values.demo
    ? await runUntilSignal(settings, () =>
        startDemo({ settings, isDataDirGiven: values['data-dir'] !== undefined }),
      )
    : await runUntilSignal(settings, () => startServer(settings))
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new OperatorError([
    { path: '--port', problem: 'is no port', remedy: 'Give a number from 0 to 65535.' },
  ])
}

async function startServer(settings: Settings): Promise<App> {
  const version = programVersion()
  const app = await startApp({
    settings,
    version,
    log: createLogger({ level: settings.log.level }),
    clock: Date.now,
    showAdminKey: key => process.stdout.write(adminKeyText(key)),
    forkMember,
  })
  const offers =
    settings.role === 'normalize'
      ? '(role normalize: /healthz, /readyz, /metrics)'
      : `(page: ${app.url}/, API: ${app.url}/docs)`
  process.stdout.write(`tokenwatch ${version} listens on ${app.url} ${offers}\n`)
  return app
}

/** The same program, told by messages what to do; Node's own options are passed on. */
const forkMember = () =>
  fork(process.argv[1] ?? '', ['member'], {
    execArgv: process.execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

const adminKeyText = (key: string) => `
  Admin key, shown this once and kept as a hash only:

      ${key}

  The page asks for it; requests carry it as Authorization: Bearer.

`

async function runUntilSignal(
  { ingest }: Settings,
  start: () => Promise<Pick<App, 'close'>>,
): Promise<number> {
  // Listening from the first moment: a signal during the start stops it as well.
  const signaled = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve()
      })
    }
  })
  const app = await start()
  await signaled
  const deadline = setTimeout(() => {
    process.stderr.write('tokenwatch did not stop in time and ends now.\n')
    process.exit(1)
  }, ingest.drainMs + STOP_MS_MAX)
  await app.close()
  clearTimeout(deadline)
  // What is left, for instance a row that waits to be written again, must not keep the process.
  setTimeout(() => process.exit(0), LINGER_MS_MAX).unref()
  return 0
}
