import type { PostOutcome } from './guarded-post.ts'

/** What a call came to: done, worth trying again, or pointless to repeat. */
export type Judgment =
  | { readonly kind: 'accepted'; readonly detail: string }
  | {
      readonly kind: 'unavailable'
      readonly detail: string
      readonly retryAfterMs: number | undefined
    }
  | { readonly kind: 'refused'; readonly detail: string }

/** Answers below 500 after which the same call may succeed later. */
const passing = new Set([408, 409, 423, 425, 429])

/**
 * Reads an answer as Standard Webhooks does, but gives up sooner: 2xx is success, a redirect is a
 * fault of the configured address, 410 means that nobody listens there any more, and any other 4xx
 * says that this very call is wrong. Only what can pass by itself is tried again.
 */
export function judgePost(outcome: PostOutcome): Judgment {
  if (outcome.kind === 'blocked') return { kind: 'refused', detail: outcome.detail }
  if (outcome.kind === 'no_answer') {
    return { kind: 'unavailable', detail: outcome.detail, retryAfterMs: undefined }
  }
  const { status, retryAfterMs } = outcome
  if (status >= 200 && status < 300) return { kind: 'accepted', detail: `HTTP ${status}` }
  if (status >= 500 || passing.has(status)) {
    return { kind: 'unavailable', detail: `HTTP ${status}`, retryAfterMs }
  }
  const detail = meanings[status] ?? (status < 400 ? 'redirects are not followed' : undefined)
  return { kind: 'refused', detail: `HTTP ${status}${detail === undefined ? '' : `: ${detail}`}` }
}

const meanings: Readonly<Record<number, string>> = {
  401: 'the receiver does not accept the signature',
  403: 'the receiver does not accept the call',
  404: 'nothing is known at this address',
  410: 'the receiver is gone',
}
