import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestStore, type TestStore } from '../support/clickhouse.ts'
import {
  aFolder,
  processesOf,
  removeFolders,
  startProgram,
  startServer,
  stopPrograms,
} from '../support/program.ts'

afterEach(stopPrograms)
afterAll(removeFolders)

describe('a life in order', () => {
  test('serves, shows the admin key once, ends on SIGTERM and leaves no process', async () => {
    const dataDir = join(aFolder(), 'data')
    const environment = { TOKENWATCH_API_ADMIN_KEY: '' }
    const first = await startServer({ dataDir, environment })
    const shown = /twk_[A-Za-z0-9_-]{20,}/.exec(first.output())?.[0]
    expect(shown).toBeDefined()
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${first.url}/v1/stats`)).status).toBe(401)
    const headers = { authorization: `Bearer ${shown}` }
    expect((await fetch(`${first.url}/v1/stats`, { headers })).status).toBe(200)

    const sinceMs = Date.now()
    first.process.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(Date.now() - sinceMs).toBeLessThan(10_000)
    expect(processesOf(dataDir)).toEqual([])

    const second = await startServer({ dataDir, environment })
    expect(second.output()).not.toContain('twk_')
    expect((await fetch(`${second.url}/v1/stats`, { headers })).status).toBe(200)
    second.process.kill('SIGINT')
    expect(await second.ended).toBe(0)
  })

  test('the database server does not outlive a killed program', async () => {
    const server = await startServer()
    expect(processesOf(server.dataDir).length).toBeGreaterThan(1)
    server.process.kill('SIGKILL')
    await server.ended
    await expect.poll(() => processesOf(server.dataDir), { timeout: 10_000 }).toEqual([])
  })
})

describe('a store that hangs', () => {
  let store: TestStore
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => process.kill(store.store.embedded?.pid ?? 0, name)
  beforeAll(async () => {
    store = await startTestStore()
  })
  afterAll(async () => {
    signal('SIGCONT')
    await store.close()
  })

  test('holds up neither the stop nor the answer of a request that waits for it', async () => {
    const server = await startServer({
      environment: {
        CLICKHOUSE_URL: store.store.url,
        CLICKHOUSE_USER: 'admin',
        CLICKHOUSE_PASSWORD: store.store.embedded?.passwords.admin ?? '',
        CLICKHOUSE_DATABASE: store.settings.database,
        // A snapshot waits for the store as well.
        TOKENWATCH_JOBS_SNAPSHOT: '* * * * * *',
        TOKENWATCH_INGEST_HTTP_STORE_WAIT_MS: '60000',
      },
    })
    const call = { ip: '192.0.2.1', method: 'GET', path: '/v1/orders', status: 200 }
    const line = JSON.stringify({ ts: Date.now(), credentialId: 'key-1', ...call })
    expect((await server.send([line])).status).toBe(200)
    signal('SIGSTOP')
    const answer = server.send([line])
    await new Promise(resolve => setTimeout(resolve, 2_000)) // a snapshot is due, and waits
    const sinceMs = Date.now()
    server.process.kill('SIGTERM')
    expect((await answer).status).toBe(503)
    expect(await server.ended).toBe(0)
    expect(Date.now() - sinceMs).toBeLessThan(10_000)
  })
})

describe('what is wrong is told with the path of the setting, exit code 2', () => {
  test('all faults of the configuration at once', async () => {
    const file = join(aFolder(), 'tokenwatch.yaml')
    writeFileSync(file, 'api: { prot: 1 }\nscore: { alertBudgetPer1000TokenDays: many }\n')
    const program = startProgram(['serve', '--config', file], {
      environment: { TOKENWATCH_API_PORT: '99999', TOKENWATCH_INGEST_KAFKA_TOPIC: 'x' },
    })
    expect(await program.ended).toBe(2)
    for (const path of [
      'api.prot',
      'api.port',
      'score.alertBudgetPer1000TokenDays',
      'TOKENWATCH_INGEST_KAFKA_TOPIC',
    ]) {
      expect(program.errors()).toContain(path)
    }
  })

  test('settings that contradict each other', async () => {
    const program = startProgram(['serve'], {
      environment: {
        KAFKA_BROKERS: '127.0.0.1:1',
        TOKENWATCH_ALERT_CHANNELS_EMAIL_SMTP_URL: 'nonsense',
      },
    })
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain('ingest.kafka.topics')
    expect(program.errors()).toContain('alert.channels.email')
  })

  test('a role that lacks what it needs, all of it at once', async () => {
    const program = startProgram(['serve', '--role', 'normalize', '--port', '0'])
    expect(await program.ended).toBe(2)
    for (const path of [
      'ingest.relay.topic',
      'ingest.kafka.brokers',
      'store.url',
      'identity.fingerprintKey',
    ]) {
      expect(program.errors()).toContain(path)
    }
  })

  test('an internal topic that is also one of the gateways, and a role that there is not', async () => {
    const environment = {
      KAFKA_BROKERS: '127.0.0.1:1',
      KAFKA_TOPICS: 'access,events',
      TOKENWATCH_INGEST_RELAY_TOPIC: 'events',
    }
    const program = startProgram(['serve', '--port', '0'], { environment })
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain('names the internal topic events')
    const other = startProgram(['serve', '--role', 'sore'])
    expect(await other.ended).toBe(2)
    expect(other.errors()).toContain('all, normalize, score')
  })

  test('a port in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => holder.once('listening', resolve))
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const program = startProgram(['serve', '--port', String(port), '--data-dir', aFolder()])
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain(`port ${port} of 127.0.0.1 is in use`)
    holder.close()
  })

  test('a data folder that cannot be written', async () => {
    const file = join(aFolder(), 'file')
    writeFileSync(file, '')
    const program = startProgram(['serve', '--port', '0', '--data-dir', join(file, 'data')])
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain(file)
  })

  test.runIf(existsSync('/proc/self'))('a data folder for which there is no place', async () => {
    const folder = '/proc/nowhere/data'
    const program = startProgram(['serve', '--port', '0', '--data-dir', folder])
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain(folder)
  })

  test('a second process on the same folder', async () => {
    const server = await startServer()
    const second = startProgram(['serve', '--port', '0', '--data-dir', server.dataDir])
    expect(await second.ended).toBe(2)
    expect(second.errors()).toMatch(/already|in use|another/i)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test.each([
    [['serve', '--nonsense'], '--nonsense'],
    [['srve'], 'Unknown command'],
    [['scan'], 'FILE'],
    [['scan', '/nowhere/access.log'], '/nowhere/access.log'],
    [['token', 'hash', 'sk_live_raw'], 'standard input'],
  ])('%j', async (args, told) => {
    const program = startProgram(args)
    expect(await program.ended).toBe(2)
    expect(program.errors()).toContain(told)
    expect(program.errors()).not.toContain('sk_live_raw')
  })
})
