import { readFileSync } from 'node:fs'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { type Fault, OperatorError } from '../domain/operator-error.ts'
import { allErrors } from './all-errors.ts'
import { readEnvironment } from './read-environment.ts'
import { choicesOf, type SchemaNode, settingLeaves } from './setting-leaf.ts'

/** A configuration file has no use for YAML aliases; a bomb of them is cut short. */
const ALIASES_MAX = 20

type Tree = Record<string, unknown>

export interface SettingSources {
  /** Path of a YAML file, optional. */
  readonly file?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Environment names that other software uses, to a setting's path: `CLICKHOUSE_URL` to `store.url`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** From flags: strongest. */
  readonly overrides?: Tree
}

/**
 * Settings from defaults, file, environment and flags, each stronger than the one before.
 *
 * @throws OperatorError with every fault at once, each with the path of the setting
 */
export function loadSettings<Schema extends TSchema>(
  schema: Schema,
  sources: SettingSources,
): Static<Schema> {
  const faults: Fault[] = []
  const fromFile = sources.file === undefined ? {} : readFile(sources.file, faults)
  const leaves = settingLeaves(schema)
  const environment = readEnvironment(sources.environment, leaves, sources.aliases ?? {})
  faults.push(...environment.faults)

  let merged = mergeTrees({}, fromFile)
  for (const { path, value } of environment.values) merged = mergeTrees(merged, nest(path, value))
  merged = mergeTrees(merged, sources.overrides ?? {})
  faults.push(...unknownKeys(merged, schema as SchemaNode, []))

  const complete = Value.Default(schema, withObjects(merged, schema as SchemaNode))
  if (!Value.Check(schema, complete)) faults.push(...invalidValues(schema, complete))
  if (faults.length > 0) throw new OperatorError(withoutRepeats(faults))
  return complete as Static<Schema>
}

function readFile(file: string, faults: Fault[]): Tree {
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: ALIASES_MAX })
    if (content === null || content === undefined) return {}
    if (typeof content === 'object' && !Array.isArray(content)) return content as Tree
    faults.push({
      path: file,
      problem: 'is not a map of settings',
      remedy: 'See .env.example and docs/configuration.md.',
    })
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'unreadable'
    faults.push({ path: file, problem, remedy: 'Give the path of a readable YAML file.' })
  }
  return {}
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeTrees(base: Tree, over: Tree): Tree {
  const merged: Tree = { ...base }
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name]
    merged[name] = isTree(below) && isTree(value) ? mergeTrees(below, value) : value
  }
  return merged
}

const nest = (path: readonly string[], value: unknown): Tree =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Tree

/** Gives every section an object, so that the defaults inside it apply. */
function withObjects(value: unknown, schema: SchemaNode): unknown {
  if (schema.properties === undefined) return value
  if (value !== undefined && !isTree(value)) return value
  const tree: Tree = { ...value }
  for (const [name, child] of Object.entries(schema.properties)) {
    if (child.properties !== undefined) tree[name] = withObjects(tree[name], child)
  }
  return tree
}

function unknownKeys(tree: Tree, schema: SchemaNode, path: readonly string[]): Fault[] {
  const { properties } = schema
  if (properties === undefined) return []
  return Object.entries(tree).flatMap(([name, value]) => {
    const child = properties[name]
    if (child !== undefined) return isTree(value) ? unknownKeys(value, child, [...path, name]) : []
    return [
      {
        path: [...path, name].join('.'),
        problem: 'no setting has this name',
        remedy: `Known here: ${Object.keys(properties).join(', ')}.`,
      },
    ]
  })
}

function invalidValues(schema: TSchema, value: unknown): Fault[] {
  return allErrors(schema, value)
    .filter(({ keyword }) => keyword !== 'const' && keyword !== 'additionalProperties')
    .map(({ instancePath, message }) => {
      const path = instancePath.split('/').filter(part => part !== '')
      const node = nodeAt(schema as SchemaNode, path)
      return { path: path.join('.') || '(settings)', problem: message, remedy: remedyFor(node) }
    })
}

function nodeAt(schema: SchemaNode, path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema
  for (const name of path) node = node?.properties?.[name] ?? node?.items
  return node
}

function remedyFor(node: SchemaNode | undefined): string {
  const choices = node === undefined ? [] : choicesOf(node)
  if (choices.length > 0) return `One of: ${choices.join(', ')}.`
  return node?.description ?? 'See docs/configuration.md.'
}

const withoutRepeats = (faults: readonly Fault[]) =>
  faults.filter(({ path }, at) => faults.findIndex(other => other.path === path) === at)
