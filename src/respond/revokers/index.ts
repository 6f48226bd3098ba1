import { type TObject, Type } from 'typebox'
import type { Fault } from '../../domain/operator-error.ts'
import type { Revoker, RevokerContext, RevokerType } from '../revoker.ts'
import { webhookRevoker } from './webhook.ts'

const members = [webhookRevoker] as const

/** Every revoker. A new one is one file and one line here. */
export const revokers: readonly RevokerType[] = members

type SchemaOf = {
  [Id in (typeof members)[number]['id']]: Extract<(typeof members)[number], { id: Id }>['settings']
}

/** The settings of all revokers, by id. */
export const RevokerSettings: TObject<SchemaOf> = Type.Object(
  Object.fromEntries(members.map(({ id, settings }) => [id, settings])) as SchemaOf,
)

/** What is wrong with the settings, each fault with its path below `revokers`. */
export const revokerFaults = (settings: Readonly<Record<string, unknown>>): Fault[] =>
  revokers.flatMap(type =>
    type.faults(settings[type.id]).map(fault => ({ ...fault, path: `${type.id}.${fault.path}` })),
  )

/** The revokers that are configured, ready to use. */
export const openRevokers = (
  settings: Readonly<Record<string, unknown>>,
  context: RevokerContext,
): Revoker[] => revokers.flatMap(type => type.open(settings[type.id], context) ?? [])
