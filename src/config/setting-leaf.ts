import type { TSchema } from 'typebox'

/** What the loader reads of a schema; every TypeBox schema has this shape. */
export interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly secret?: boolean
}

/** One setting that holds a value of its own. */
export interface SettingLeaf {
  readonly path: readonly string[]
  readonly schema: SchemaNode
  /** `ingest.kafka.groupId` is read from TOKENWATCH_INGEST_KAFKA_GROUP_ID. */
  readonly environmentName: string
}

const upperSnake = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()

/** All settings of a schema, depth first, in the order in which they are declared. */
export function settingLeaves(
  schema: TSchema | SchemaNode,
  path: readonly string[] = [],
): readonly SettingLeaf[] {
  const { properties } = schema as SchemaNode
  if (properties === undefined) {
    const environmentName = ['TOKENWATCH', ...path.map(upperSnake)].join('_')
    return [{ path, schema: schema as SchemaNode, environmentName }]
  }
  return Object.entries(properties).flatMap(([name, child]) =>
    settingLeaves(child, [...path, name]),
  )
}

/** The values of a closed list, as text; empty for anything else. */
export const choicesOf = ({ anyOf = [], enum: listed = [] }: SchemaNode): readonly string[] => [
  ...listed.map(String),
  ...anyOf.flatMap(({ const: choice }) => (choice === undefined ? [] : [String(choice)])),
]
