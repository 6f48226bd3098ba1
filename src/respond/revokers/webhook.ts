import { type Static, Type } from 'typebox'
import { actionKinds } from '../../domain/action.ts'
import {
  createSignedWebhook,
  signedWebhookFaults,
  signedWebhookProperties,
} from '../../http/signed-webhook.ts'
import { renderRevocation } from '../render-revocation.ts'
import type { Revoker, RevokerType } from '../revoker.ts'

export const WebhookRevokerSettings = Type.Object(
  signedWebhookProperties('Address that is told to restrict, suspend or revoke a token.'),
  { description: 'Revocation by a webhook of your own, signed as Standard Webhooks describes.' },
)
export type WebhookRevokerSettings = Static<typeof WebhookRevokerSettings>

/**
 * Posts `token.revoke`, `token.suspend` or `token.restrict`, signed. The receiver must answer 2xx
 * only when the token is stopped, and 2xx again when asked again: the action's id is `webhook-id`
 * and `Idempotency-Key` of every attempt. 404 and 410 are failures: that a token is unknown, or the
 * receiver gone, does not prove that the token is refused.
 */
export const webhookRevoker = {
  id: 'webhook',
  settings: WebhookRevokerSettings,
  faults: signedWebhookFaults,

  open: (settings: WebhookRevokerSettings, { clock }): Revoker | undefined => {
    if (settings.url === '') return undefined
    const webhook = createSignedWebhook(settings, clock)
    return {
      id: 'webhook',
      kinds: actionKinds,
      call: (action, incident) =>
        webhook.post(action.id, renderRevocation(action, incident), {
          'idempotency-key': action.id,
        }),
      close: () => webhook.close(),
    }
  },
} as const satisfies RevokerType<typeof WebhookRevokerSettings>
