import { Type } from 'typebox'
import type { Fault } from '../domain/operator-error.ts'
import { decodeWebhookSecret, signWebhook } from '../lib/standard-webhook-signature.ts'
import { createGuardedPoster } from './guarded-post.ts'
import { type Judgment, judgePost } from './judge-post.ts'

/** Settings of a receiver of signed webhooks. */
export interface SignedWebhookSettings {
  readonly url: string
  readonly secrets: readonly string[]
  readonly timeoutMs: number
  readonly allowPrivateTargets: boolean
}

/** @param purpose - first words of the description of `url`: what is posted there */
export const signedWebhookProperties = (purpose: string) => ({
  url: Type.String({
    default: '',
    maxLength: 2_000,
    // Some receivers carry their key in the address.
    secret: true,
    description: `${purpose} Empty switches it off.`,
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
})

/** What is wrong with the settings of a receiver; nothing where there is none. */
export function signedWebhookFaults({ url, secrets }: SignedWebhookSettings): Fault[] {
  if (url === '') return []
  const faults: Fault[] = []
  if (!(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    faults.push({
      path: 'url',
      problem: 'is not an http(s) address',
      remedy: 'Give a full address: https://host/path',
    })
  }
  if (secrets.length === 0) {
    faults.push({
      path: 'secrets',
      problem: 'is empty',
      remedy: 'Give at least one secret, and the same to the receiver.',
    })
  }
  for (const [at, secret] of secrets.entries()) {
    if (decodeWebhookSecret(secret).ok) continue
    faults.push({
      path: `secrets.${at}`,
      problem: 'is not a webhook secret',
      remedy: 'whsec_ and the base64 of 24 to 64 random bytes.',
    })
  }
  return faults
}

/** A receiver of signed webhooks, as Standard Webhooks describes them. */
export function createSignedWebhook(settings: SignedWebhookSettings, clock: () => number) {
  const poster = createGuardedPoster({ ...settings, clock })
  const keys = settings.secrets.flatMap(secret => {
    const key = decodeWebhookSecret(secret)
    return key.ok ? [key.value] : []
  })
  return {
    /**
     * One attempt. Never throws.
     *
     * @param id - same on every attempt of the same thing
     */
    async post(
      id: string,
      body: string,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Judgment> {
      const signature = signWebhook({ id, atMs: clock(), body }, keys)
      const outcome = await poster.post({
        url: settings.url,
        headers: { 'content-type': 'application/json', ...headers, ...signature },
        body,
      })
      return judgePost(outcome)
    },
    close: () => poster.close(),
  }
}
