import { type TObject, Type } from 'typebox'
import type { Fault } from '../../domain/operator-error.ts'
import type { Channel, ChannelContext, ChannelType } from '../channel.ts'
import { emailChannel } from './email.ts'
import { webhookChannel } from './webhook.ts'

const members = [emailChannel, webhookChannel] as const

/** Every channel, in the order in which people are told. A new channel is one file and one line here. */
export const channels: readonly ChannelType[] = members

type SchemaOf = {
  [Id in (typeof members)[number]['id']]: Extract<(typeof members)[number], { id: Id }>['settings']
}

/** The settings of all channels, by id. */
export const ChannelSettings: TObject<SchemaOf> = Type.Object(
  Object.fromEntries(members.map(({ id, settings }) => [id, settings])) as SchemaOf,
)

/** What is wrong with the settings, each fault with its path below `channels`. */
export const channelFaults = (settings: Readonly<Record<string, unknown>>): Fault[] =>
  channels.flatMap(type =>
    type.faults(settings[type.id]).map(fault => ({ ...fault, path: `${type.id}.${fault.path}` })),
  )

/** The channels that are configured, ready to use. */
export const openChannels = (
  settings: Readonly<Record<string, unknown>>,
  context: ChannelContext,
): Channel[] => channels.flatMap(type => type.open(settings[type.id], context) ?? [])
