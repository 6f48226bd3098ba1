import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Passwords of the embedded server's users; made on first start, known to nobody else. */
export interface Passwords {
  readonly admin: string
  readonly ingest: string
  readonly analyst: string
}

const ownerOnly = { mode: 0o600 } as const

/** Passwords kept in the data folder, readable by the owner only; made when there are none. */
export function loadPasswords(dataDir: string): Passwords {
  const file = join(dataDir, 'passwords.json')
  const make = () => randomBytes(24).toString('base64url')
  if (!existsSync(file)) {
    const passwords = { admin: make(), ingest: make(), analyst: make() }
    writeFileSync(file, `${JSON.stringify(passwords, undefined, 2)}\n`, ownerOnly)
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Passwords
}

/**
 * Writes what one run of the server reads, into a folder of that run alone: a second process on the same
 * data folder must not change the configuration of the one that holds it.
 *
 * @returns path of the configuration file
 */
export function writeRunFiles(options: {
  readonly dataDir: string
  readonly database: string
  readonly instance: string
  readonly passwords: Passwords
  readonly fsync: boolean
}): string {
  const { dataDir, instance } = options
  const runDir = join(runsDir(dataDir), instance)
  mkdirSync(runDir, { recursive: true })
  mkdirSync(join(dataDir, 'metadata'), { recursive: true })
  // Makes the database "system" durable. Without it query_log and part_log work on the first start only.
  const systemSql = join(dataDir, 'metadata', 'system.sql')
  if (!existsSync(systemSql)) {
    writeFileSync(systemSql, `ATTACH DATABASE _ UUID '${randomUUID()}'\nENGINE = Atomic\n`)
  }
  writeFileSync(join(runDir, 'users.xml'), usersXml(options), ownerOnly)
  const config = join(runDir, 'config.xml')
  writeFileSync(config, configXml(options, runDir), ownerOnly)
  return config
}

const runsDir = (dataDir: string) => join(dataDir, 'tokenwatch-run')

/** Removes what a run has left. */
export function removeRunFiles(dataDir: string, instance: string): void {
  rmSync(join(runsDir(dataDir), instance), { recursive: true, force: true })
}

/** Removes what runs left whose parent was killed. Called by the run that holds the folder. */
export function removeOtherRunFiles(dataDir: string, instance: string): void {
  for (const other of readdirSync(runsDir(dataDir))) {
    if (other !== instance) removeRunFiles(dataDir, other)
  }
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function configXml(
  { dataDir, instance, fsync }: { dataDir: string; instance: string; fsync: boolean },
  runDir: string,
): string {
  const folder = escapeXml(dataDir)
  const log = (table: string) =>
    `<${table}><database>system</database><table>${table}</table><flush_interval_milliseconds>7500</flush_interval_milliseconds><ttl>event_date + INTERVAL 7 DAY</ttl></${table}>`
  const durability =
    '<merge_tree><fsync_after_insert>1</fsync_after_insert><fsync_part_directory>1</fsync_part_directory></merge_tree>'
  // Without the schedule pool the log fills with "Temporarily pause scheduling".
  return `<clickhouse>
  <macros><instance>${instance}</instance></macros>
  <logger><log>${folder}/clickhouse.log</log><errorlog>${folder}/clickhouse.err.log</errorlog><size>20M</size><count>2</count></logger>
  <users_config>${escapeXml(runDir)}/users.xml</users_config>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <background_pool_size>2</background_pool_size>
  <keep_alive_timeout>30</keep_alive_timeout>
  ${fsync ? durability : ''}
  ${log('query_log')}
  ${log('part_log')}
</clickhouse>
`
}

/** Grafana's plugin sets a time limit with every query. It may, up to this one. */
const analystConstraints =
  '<constraints><max_execution_time><max>60</max><changeable_in_readonly/></max_execution_time></constraints>'

const loopback = '<networks><ip>127.0.0.1</ip></networks>'

function usersXml({ database, passwords }: { database: string; passwords: Passwords }): string {
  const secret = (password: string) =>
    `<password_sha256_hex>${createHash('sha256').update(password).digest('hex')}</password_sha256_hex>`
  const user = (name: string, password: string, profile: string, rest: string) =>
    `<${name}>${secret(password)}${loopback}<profile>${profile}</profile><quota>default</quota>${rest}</${name}>`
  const grants = (...rights: string[]) =>
    `<grants>${rights.map(right => `<query>GRANT ${right}</query>`).join('')}</grants>`
  // The process logs itself in as "default" with an empty password, so that user must exist. Its only
  // session is the query that holds the process: with one session allowed nobody else gets in (code 700).
  return `<clickhouse>
  <profiles>
    <default></default>
    <hold><max_sessions_for_user>1</max_sessions_for_user></hold>
    <analyst><readonly>1</readonly><log_queries>0</log_queries><max_execution_time>15</max_execution_time><max_memory_usage>2000000000</max_memory_usage><max_result_rows>100000</max_result_rows><output_format_json_quote_64bit_integers>0</output_format_json_quote_64bit_integers>${analystConstraints}</analyst>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default><password></password>${loopback}<profile>hold</profile><quota>default</quota></default>
    ${user('admin', passwords.admin, 'default', '<access_management>1</access_management>')}
    ${user(
      'ingest',
      passwords.ingest,
      'default',
      grants(
        `SELECT, INSERT ON ${database}.*`,
        'SELECT ON system.processes',
        'SELECT ON system.tables',
        'KILL QUERY ON *.*',
      ),
    )}
    ${user('analyst', passwords.analyst, 'analyst', grants(`SELECT ON ${database}.*`))}
  </users>
</clickhouse>
`
}
