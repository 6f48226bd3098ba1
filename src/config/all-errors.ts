import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'

/** Whoever makes more mistakes in one file than this may correct them in two rounds. */
const ERRORS_MAX = 1_000

/** Every error of a value, where TypeBox by itself stops at eight. */
export function allErrors(schema: TSchema, value: unknown) {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: ERRORS_MAX })
  try {
    return Value.Errors(schema, value)
  } finally {
    Settings.Set({ maxErrors })
  }
}
