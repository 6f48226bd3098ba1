import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One step of the schema: one file, one statement. */
export interface Migration {
  readonly version: number
  /** `0001_create_access_events`. */
  readonly name: string
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string
  /** Without comments; `{retention_days}` and `{database}` still in it. */
  readonly statement: string
}

/** The same from the sources (src/store) and from the build (dist/store). */
const migrationsDir = fileURLToPath(new URL('../../sql/migrations/', import.meta.url))

/**
 * The migrations of a folder, by ascending version.
 *
 * @throws RangeError when a file is not named NNNN_verb_noun.sql, when two have one number, or when one
 *   does not hold exactly one statement
 */
export function readMigrations(dir: string = migrationsDir): readonly Migration[] {
  const files = readdirSync(dir).filter(file => file.endsWith('.sql'))
  const migrations = files
    .sort()
    .map(file => parseMigration(file, readFileSync(`${dir}/${file}`, 'utf8')))
  const versions = new Set(migrations.map(({ version }) => version))
  if (versions.size < migrations.length)
    throw new RangeError(`two migrations with one number in ${dir}`)
  return migrations
}

export function parseMigration(file: string, content: string): Migration {
  const [, name = '', version] = /^((\d{4})_[a-z]+(?:_[a-z0-9]+)+)\.sql$/.exec(file) ?? []
  if (version === undefined) throw new RangeError(`${file} is not named NNNN_verb_noun.sql`)
  const statement = content
    .replaceAll(/^\s*--.*$/gm, '')
    .trim()
    .replace(/;$/, '')
  if (statement === '' || /;\s*$/m.test(statement)) {
    throw new RangeError(`${file} must hold exactly one statement`)
  }
  const checksum = createHash('sha256').update(content).digest('hex')
  return { version: Number(version), name, checksum, statement }
}

/** The only things that may differ from one installation to another. */
export function fillIn(
  statement: string,
  values: { readonly database: string; readonly retentionDays: number },
): string {
  return statement
    .replaceAll('{database}', values.database)
    .replaceAll('{retention_days}', String(values.retentionDays))
}
