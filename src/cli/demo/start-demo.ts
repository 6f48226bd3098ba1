import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, startApp } from '../../app.ts'
import type { Settings } from '../../settings.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { programVersion } from '../program-version.ts'
import { createDemoDriver, type DemoDriver } from './demo-driver.ts'
import { type DemoGateway, startDemoGateway } from './demo-gateway.ts'

const SEED = 7
/** The simulated gateways take up a revocation within four seconds: then refusals must be seen. */
const GRACE_MS = 10_000

const aKey = () => `twk_${randomBytes(32).toString('base64url')}`

/**
 * `serve --demo`: the whole program on a folder of its own, with simulated gateways that post their
 * log and take revocations. Everything goes through the interfaces that real gateways use.
 */
export async function startDemo(options: {
  readonly settings: Settings
  readonly isDataDirGiven: boolean
}): Promise<Pick<App, 'close'>> {
  const dataDir = options.isDataDirGiven
    ? options.settings.dataDir
    : await mkdtemp(join(tmpdir(), 'tokenwatch-demo-'))
  const keys = { admin: aKey(), ingest: aKey() }
  const gateway = await startDemoGateway({ clock: Date.now })
  const version = programVersion()
  let driver: DemoDriver | undefined
  const removeData = async () => {
    if (!options.isDataDirGiven) await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const app = await startApp({
      settings: demoSettings(options.settings, { dataDir, keys, gateway }),
      version,
      log: createLogger({ level: 'warn' }),
      clock: Date.now,
      showAdminKey: () => undefined, // the demo brings its own
      demoPhase: () => driver?.phase(),
    })
    process.stdout.write(welcome(version, app.url, keys.admin))
    const stopping = new AbortController()
    driver = createDemoDriver({
      ingestUrl: `${app.url}/v1/events`,
      ingestKey: keys.ingest,
      adminApi: { url: app.url, key: keys.admin },
      gateway,
      seed: SEED,
      clock: Date.now,
      onPhase: text => process.stdout.write(`${new Date().toTimeString().slice(0, 8)}  ${text}\n`),
    })
    const running = driver.run(stopping.signal)
    return {
      async close() {
        stopping.abort()
        await running
        await app.close()
        await gateway.close()
        await removeData()
      },
    }
  } catch (error) {
    await gateway.close()
    await removeData()
    throw error
  }
}

function demoSettings(
  settings: Settings,
  demo: {
    readonly dataDir: string
    readonly keys: { readonly admin: string; readonly ingest: string }
    readonly gateway: DemoGateway
  },
): Settings {
  const { dataDir, keys, gateway } = demo
  return {
    ...settings,
    dataDir,
    api: { ...settings.api, adminKey: keys.admin, ingestKeys: [`demo-gateways=${keys.ingest}`] },
    respond: {
      ...settings.respond,
      revokers: {
        ...settings.respond.revokers,
        webhook: {
          ...settings.respond.revokers.webhook,
          url: gateway.webhookUrl,
          secrets: [gateway.webhookSecret],
          allowPrivateTargets: true,
        },
      },
      containment: { ...settings.respond.containment, graceMs: GRACE_MS },
    },
  }
}

const welcome = (version: string, url: string, adminKey: string) => `
tokenwatch ${version}, demo: simulated gateways, a real pipeline.

  page      ${url}/#key=${adminKey}
  API docs  ${url}/docs
  stop      Ctrl-C

`
