import { type Static, Type } from 'typebox'
import {
  createSignedWebhook,
  signedWebhookFaults,
  signedWebhookProperties,
} from '../../http/signed-webhook.ts'
import { type Channel, type ChannelType, noticeKinds } from '../channel.ts'
import { renderWebhook } from '../render-webhook.ts'

export const WebhookChannelSettings = Type.Object(
  signedWebhookProperties('Address that alerts are posted to.'),
  { description: 'Alerts as webhooks, signed as Standard Webhooks describes.' },
)
export type WebhookChannelSettings = Static<typeof WebhookChannelSettings>

/** Posts each notice, signed; the notice's id is the `webhook-id` of every attempt. */
export const webhookChannel = {
  id: 'webhook',
  settings: WebhookChannelSettings,
  faults: signedWebhookFaults,

  open: (settings: WebhookChannelSettings, { clock, consoleUrl }): Channel | undefined => {
    if (settings.url === '') return undefined
    const webhook = createSignedWebhook(settings, clock)
    return {
      id: 'webhook',
      kinds: noticeKinds,
      send: notice => webhook.post(notice.id, renderWebhook(notice, consoleUrl)),
      close: () => webhook.close(),
    }
  },
} as const satisfies ChannelType<typeof WebhookChannelSettings>
