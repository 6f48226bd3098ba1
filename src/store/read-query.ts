import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The same from the sources (src/store) and from the build (dist/store). */
const queriesDir = fileURLToPath(new URL('../../sql/queries/', import.meta.url))

/** Text of `sql/queries/<name>.sql`, without comments. Reads a file: once, when a table is made. */
export function readQuery(name: string): string {
  const content = readFileSync(`${queriesDir}/${name}.sql`, 'utf8')
  return content.replaceAll(/^\s*--.*$/gm, '').trim()
}
