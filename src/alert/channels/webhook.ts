import { type Static, Type } from 'typebox'
import { createGuardedPoster } from '../../http/guarded-post.ts'
import { judgePost } from '../../http/judge-post.ts'
import { decodeWebhookSecret, signWebhook } from '../../lib/standard-webhook-signature.ts'
import { type Channel, type ChannelType, noticeKinds } from '../channel.ts'
import { renderWebhook } from '../render-webhook.ts'

export const WebhookChannelSettings = Type.Object(
  {
    url: Type.String({
      default: '',
      maxLength: 2_000,
      secret: true,
      description: 'Address that alerts are posted to; empty switches this channel off.',
    }),
    secrets: Type.Array(Type.String(), {
      default: [],
      maxItems: 4,
      secret: true,
      description:
        'Secrets of the form whsec_ + base64 of 24 to 64 random bytes. Each signs every call: while you rotate, give the new one and the old one.',
    }),
    timeoutMs: Type.Integer({
      default: 15_000,
      minimum: 100,
      maximum: 60_000,
      description: 'Longest wait for an answer, in milliseconds.',
    }),
    allowPrivateTargets: Type.Boolean({
      default: false,
      description:
        'Allows receivers on loopback, private and link-local addresses. Off, so that a setting cannot make tokenwatch call services of your network.',
    }),
  },
  { description: 'Alerts as webhooks, signed as Standard Webhooks describes.' },
)
export type WebhookChannelSettings = Static<typeof WebhookChannelSettings>

/** Posts each notice, signed; the notice's id is the `webhook-id` of every attempt. */
export const webhookChannel = {
  id: 'webhook',
  settings: WebhookChannelSettings,

  faults: ({ url, secrets }) => {
    if (url === '') return []
    const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    return [
      ...(isHttp
        ? []
        : [{ path: 'url', problem: 'is not an http(s) address', remedy: 'Give a full address.' }]),
      ...(secrets.length > 0
        ? []
        : [{ path: 'secrets', problem: 'is empty', remedy: 'Give at least one whsec_ secret.' }]),
      ...secrets.flatMap((secret, at) =>
        decodeWebhookSecret(secret).ok
          ? []
          : [
              {
                path: `secrets.${at}`,
                problem: 'is not a webhook secret',
                remedy: 'whsec_ and base64 of 24 to 64 random bytes.',
              },
            ],
      ),
    ]
  },

  open: (settings, { clock, consoleUrl }): Channel | undefined => {
    if (settings.url === '') return undefined
    const poster = createGuardedPoster({ ...settings, clock })
    const keys = settings.secrets.flatMap(secret => {
      const key = decodeWebhookSecret(secret)
      return key.ok ? [key.value] : []
    })
    return {
      id: 'webhook',
      kinds: noticeKinds,
      async send(notice) {
        const body = renderWebhook(notice, consoleUrl)
        const signature = signWebhook({ id: notice.id, atMs: clock(), body }, keys)
        const headers = { 'content-type': 'application/json', ...signature }
        return judgePost(await poster.post({ url: settings.url, headers, body }))
      },
      close: () => poster.close(),
    }
  },
} as const satisfies ChannelType<typeof WebhookChannelSettings>
