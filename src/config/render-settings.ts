import type { TSchema } from 'typebox'
import { stringify } from 'yaml'
import { choicesOf, type SchemaNode, type SettingLeaf, settingLeaves } from './setting-leaf.ts'

const MASK = '[set]'

/** Effective settings as YAML, with every secret that is set masked. */
export function renderSettings(schema: TSchema, settings: unknown): string {
  const copy = structuredClone(settings)
  for (const { path, schema: leaf } of settingLeaves(schema)) {
    if (leaf.secret === true) maskAt(copy, path)
  }
  return stringify(copy)
}

function maskAt(tree: unknown, path: readonly string[]): void {
  let node = tree as Record<string, unknown> | undefined
  for (const name of path.slice(0, -1)) node = node?.[name] as Record<string, unknown> | undefined
  const last = path.at(-1)
  if (node === undefined || last === undefined) return
  const value = node[last]
  const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== ''
  if (isSet) node[last] = MASK
}

/** The reference of all settings as Markdown, one table a section: `docs/configuration.md`. */
export function documentSettings(
  schema: TSchema,
  aliases: Readonly<Record<string, string>>,
): string {
  const sections = Object.entries((schema as SchemaNode).properties ?? {}).map(([name, node]) => {
    const rows = settingLeaves(node, [name]).map(leaf => row(leaf, aliases))
    const head = '| setting | default | environment | what it does |\n| --- | --- | --- | --- |'
    const text = node.description === undefined ? '' : `${node.description}\n\n`
    return `## ${name}\n\n${text}${head}\n${rows.join('\n')}\n`
  })
  return sections.join('\n')
}

function row(
  { path, schema, environmentName }: SettingLeaf,
  aliases: Readonly<Record<string, string>>,
) {
  const alias = Object.entries(aliases).find(([, target]) => target === path.join('.'))?.[0]
  const names = [environmentName, ...(alias === undefined ? [] : [alias])]
  const range = [
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined ? '' : `to ${schema.maximum}`,
  ]
  const limits = range.filter(part => part !== '').join(' ')
  const choices = choicesOf(schema).map(choice => `\`${choice}\``)
  const notes = [
    schema.description ?? '',
    limits === '' ? '' : `Range: ${limits}.`,
    choices.length === 0 ? '' : `One of ${choices.join(', ')}.`,
    schema.secret === true ? 'A secret: never printed.' : '',
  ]
  const text = notes
    .filter(part => part !== '')
    .join(' ')
    .replaceAll('|', '\\|')
  return `| \`${path.join('.')}\` | \`${JSON.stringify(schema.default) ?? '(none)'}\` | ${names.map(name => `\`${name}\``).join(' ')} | ${text} |`
}
