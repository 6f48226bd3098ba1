import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { closeClients, createClients } from '../../src/store/clients.ts'
import type { Store } from '../../src/store/store.ts'
import { buildProgram } from '../bench/built-program.ts'
import { eventually, startTestStore, type TestStore } from '../support/clickhouse.ts'
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts'
import { type OwnBroker, startTestKafka } from '../support/kafka.ts'
import { aFolder, removeFolders } from '../support/program.ts'

/** Bytes of the file system that the server's folder gets to itself, where one may be mounted. */
const DISK_MIB = 768

/** The real servers of all rounds of a run. */
export interface Site {
  readonly kafka: OwnBroker
  readonly brokers: readonly string[]
  readonly client: Kafka
  /** Before the broker; the program knows no other way to it. */
  readonly kafkaProxy: CuttingProxy
  readonly clickhouse: TestStore
  /** Mount point of a small file system with the server's data; undefined where nothing may be mounted. */
  readonly disk: string | undefined
  /** What Node is started with to be tokenwatch. */
  readonly nodeArguments: readonly string[]
  /** The server, seen past all proxies, with another database than its own. */
  storeOf(database: string): Store
  close(): Promise<void>
}

/**
 * Starts a broker and a ClickHouse of its own.
 *
 * @throws Error when KAFKA_BROKERS names a broker: that one is not ours to kill
 */
export async function openSite(): Promise<Site> {
  const disk = mountDisk()
  const [kafka, clickhouse] = await Promise.all([
    startTestKafka(),
    startTestStore({
      database: 'faults_site_test',
      ...(disk !== undefined && { dataDir: join(disk, 'clickhouse') }),
    }),
  ])
  const { own } = kafka
  if (own === undefined) throw new Error('faults need a broker of their own: unset KAFKA_BROKERS')
  const kafkaProxy = await startCuttingProxy(`http://127.0.0.1:${own.ports.proxied}`, {
    port: own.ports.proxy,
  })
  const { store } = clickhouse
  const login = { username: 'admin', password: store.embedded?.passwords.admin ?? '' }
  const logins = { admin: login, ingest: login, analyst: login }
  const stores = new Map<string, Store>()
  return {
    kafka: own,
    brokers: kafka.brokers,
    client: new Kafka({
      brokers: kafka.brokers,
      clientId: 'faults',
      logLevel: logLevel.NOTHING,
      retry: { retries: 10, maxRetryTime: 2_000 },
    }),
    kafkaProxy,
    clickhouse,
    disk,
    nodeArguments: buildProgram(),
    storeOf(database) {
      const known = stores.get(database)
      if (known !== undefined) return known
      const limits = { database, connectionsMax: 4, insertTimeoutSeconds: 10 }
      const opened = { ...store, ...createClients(store.url, logins, limits), database }
      stores.set(database, opened)
      return opened
    },
    async close() {
      await Promise.all([...stores.values()].map(closeClients))
      await Promise.all([kafkaProxy.close(), clickhouse.close(), kafka.stop()])
      if (disk !== undefined) unmount(disk)
      removeFolders()
    },
  }
}

/** A file system in memory, which a fault can fill up without harm to anybody else. */
function mountDisk(): string | undefined {
  const folder = join(aFolder(), 'disk')
  mkdirSync(folder)
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder]
  const { status } = spawnSync('mount', options, { stdio: 'ignore' })
  if (status !== 0) return undefined
  process.once('exit', () => unmount(folder)) // also after a signal or a failure
  return folder
}

/** Its last file may be closed a moment later; a second time there is nothing to do. */
function unmount(folder: string) {
  spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' })
}

/** Resolves when the server answers again. */
export async function clickhouseAnswers({ clickhouse }: Site): Promise<void> {
  await eventually(
    () =>
      clickhouse.store.admin.query({ query: 'SELECT 1' }).then(
        () => true,
        () => false,
      ),
    90_000,
  )
}

/** A topic without a past, under a name that may have had one. */
export async function makeTopic(
  { client }: Pick<Site, 'client'>,
  topic: string,
  partitions: number,
): Promise<void> {
  const admin = client.admin()
  await admin.connect()
  try {
    if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] })
    await eventually(async () => !(await admin.listTopics()).includes(topic), 30_000)
    await eventually(
      () =>
        admin
          .createTopics({
            topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
            waitForLeaders: true,
          })
          .then(
            () => true,
            () => false,
          ),
      30_000,
    )
  } finally {
    await admin.disconnect()
  }
}
