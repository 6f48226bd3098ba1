import { type Static, type TSchema, Type } from 'typebox'

/** Absent in JSON when the value is undefined. */
export const maybe = <Schema extends TSchema>(schema: Schema) =>
  Type.Optional(Type.Unsafe<Static<Schema> | undefined>(schema))

export const listOf = <Schema extends TSchema>(schema: Schema, description?: string) =>
  Type.Immutable(Type.Array(schema, description === undefined ? {} : { description }))

/** A moment, ms since epoch. */
export const ms = (description: string) =>
  Type.Number({ description: `${description}, ms since epoch` })

/** How many rows a list returns at most. */
export const limitUpTo = (maximum: number, normal: number) =>
  Type.Integer({ default: normal, minimum: 1, maximum })
