import { setTimeout } from 'node:timers/promises'
import { OperatorError } from '../../domain/operator-error.ts'
import type { DeadLetter, RejectReason } from '../../domain/reject.ts'
import { parseRetryAfter } from '../../lib/parse-retry-after.ts'

/** The API of a running tokenwatch, as far as dead letters go. */
export interface ApiClient {
  deadLetters(query: Readonly<Record<string, string>>): Promise<{
    readonly counts: readonly { readonly reason: RejectReason; readonly count: number }[]
    readonly deadLetters: readonly DeadLetter[]
  }>
  /** Sends one record to the ingest; counted once under its key. */
  send(record: {
    readonly body: string
    readonly contentType: string
    readonly idempotencyKey: string
  }): Promise<IngestAnswer>
}

interface IngestAnswer {
  readonly accepted: number
  readonly errors: readonly { readonly reason: string }[]
}

/** One record that does not fit into a request must not stop those behind it. */
const tooLarge: IngestAnswer = { accepted: 0, errors: [{ reason: 'body_too_large' }] }

const TIMEOUT_MS = 60_000
const ATTEMPTS_MAX = 3
/** Together shorter than the session of a consumer, which waits meanwhile. */
const WAIT_MS_MAX = 10_000

/**
 * @throws OperatorError without a key, when nothing answers at the address, or when the key is refused;
 *   Error with what the API says for any other refusal
 */
export function createApiClient(url: string, key: string): ApiClient {
  if (key === '') {
    throw fault('api.adminKey', 'is empty', 'Set TOKENWATCH_API_ADMIN_KEY to the admin key.')
  }

  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(path, url), {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${key}` },
      // Neither the key nor a record goes where an answer points to.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw fault(url, 'does not answer', 'Is `tokenwatch serve` running? --url names it.', cause)
    })
    if (response.status === 401 || response.status === 403) {
      throw fault(url, 'refuses the key', 'Set TOKENWATCH_API_ADMIN_KEY to its admin key.')
    }
    return response
  }

  return {
    async deadLetters(query) {
      const response = await call(`/v1/dead-letters?${new URLSearchParams(query)}`)
      if (!response.ok) throw new Error(await messageOf(response))
      return (await response.json()) as Awaited<ReturnType<ApiClient['deadLetters']>>
    },
    async send({ body, contentType, idempotencyKey }) {
      const headers = { 'content-type': contentType, 'idempotency-key': idempotencyKey }
      const response = await patiently(() => call('/v1/events', { method: 'POST', headers, body }))
      if (response.status === 413) return tooLarge
      if (!response.ok && response.status !== 400) throw new Error(await messageOf(response))
      const answer = (await response.json()) as Partial<IngestAnswer>
      return { accepted: answer.accepted ?? 0, errors: answer.errors ?? [] }
    },
  }
}

/** Asks again while the answer is to wait. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask()
    const isBusy = response.status === 429 || response.status === 503
    if (!isBusy || attempt === ATTEMPTS_MAX) return response
    const header = response.headers.get('retry-after') ?? undefined
    await setTimeout(Math.min(parseRetryAfter(header, Date.now()) ?? 1_000, WAIT_MS_MAX))
  }
}

const fault = (path: string, problem: string, remedy: string, cause?: unknown) =>
  new OperatorError([{ path, problem, remedy }], { cause })

async function messageOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly message?: string } }
    | undefined
  return body?.error?.message ?? `the API answers ${response.status}`
}
