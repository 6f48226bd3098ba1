import type { Fault } from '../domain/operator-error.ts'
import type { SchemaNode, SettingLeaf } from './setting-leaf.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Variables of the program that are no settings. */
const OWN_VARIABLES = new Set(['TOKENWATCH_CONFIG', 'TOKENWATCH_URL', 'TOKENWATCH_KEY'])

/** Values that stand in the environment, by path, and what is wrong with the rest. */
export function readEnvironment(
  environment: Environment,
  leaves: readonly SettingLeaf[],
  aliases: Readonly<Record<string, string>>,
): {
  readonly values: readonly { readonly path: readonly string[]; readonly value: unknown }[]
  readonly faults: readonly Fault[]
} {
  const byName = new Map(leaves.map(leaf => [leaf.environmentName, leaf]))
  for (const [name, path] of Object.entries(aliases)) {
    const leaf = leaves.find(candidate => candidate.path.join('.') === path)
    if (leaf !== undefined) byName.set(name, leaf)
  }
  const faults: Fault[] = []
  const values: { path: readonly string[]; value: unknown }[] = []
  for (const [name, text] of Object.entries(environment)) {
    const leaf = byName.get(name)
    if (leaf !== undefined && text !== undefined && text !== '') {
      values.push({ path: leaf.path, value: parseText(text, leaf.schema) })
    } else if (name.startsWith('TOKENWATCH_') && leaf === undefined && !OWN_VARIABLES.has(name)) {
      faults.push({
        path: name,
        problem: 'no setting has this name',
        remedy: 'Correct or unset it; `tokenwatch config --reference` lists all names.',
      })
    }
  }
  return { values, faults }
}

/** Text as the type that the schema asks for; text that does not fit stays text and fails validation. */
function parseText(text: string, schema: SchemaNode): unknown {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      if (text === 'true' || text === '1') return true
      return text === 'false' || text === '0' ? false : text
    case 'array':
      return text.trim().startsWith('[') ? parseJson(text) : splitList(text, schema)
    case 'object':
      return parseJson(text)
    default:
      return text
  }
}

const splitList = (text: string, schema: SchemaNode) =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => (schema.items === undefined ? part : parseText(part, schema.items)))

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
