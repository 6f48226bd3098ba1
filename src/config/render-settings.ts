import type { TSchema } from 'typebox'
import { stringify } from 'yaml'
import { choicesOf, type SchemaNode, type SettingLeaf, settingLeaves } from './setting-leaf.ts'

const MASK = '[set]'

type Tree = Record<string, unknown>

/** Effective settings as YAML, in the order of the reference, with every secret that is set masked. */
export function renderSettings(schema: TSchema, settings: unknown): string {
  const tree: Tree = {}
  for (const { path, schema: leaf } of settingLeaves(schema)) {
    let from = settings as Tree | undefined
    let to = tree
    for (const name of path.slice(0, -1)) {
      from = from?.[name] as Tree | undefined
      to[name] ??= {}
      to = to[name] as Tree
    }
    const last = path.at(-1) ?? ''
    to[last] = leaf.secret === true ? masked(from?.[last]) : from?.[last]
  }
  return stringify(tree)
}

function masked(value: unknown): unknown {
  const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== ''
  return isSet ? MASK : value
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
