import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { renderKongRecord } from '../../simulate/formats/kong-record.ts'
import type { SimulatedCall } from '../../simulate/simulated-call.ts'

const compress = promisify(gzip)

/** Sends calls as a gateway would: Kong's records, one a line, gzip, until the server has stored them. */
export interface IngestClient {
  /**
   * Resolves when the calls are stored. Tries again while the server is busy or away, telling so from
   * the second time on; the request keeps its idempotency key, so nothing is counted twice.
   *
   * @throws Error when the server refuses them for good; AbortError on `signal`
   */
  send(calls: readonly SimulatedCall[], signal: AbortSignal): Promise<void>
}

const firstWaitMs = 500
const waitMsMax = 5_000

export function createIngestClient(options: {
  /** Of `POST /v1/events`. */
  readonly url: string
  readonly key: string
  /** Told what goes wrong, in words. */
  readonly onTrouble: (text: string) => void
}): IngestClient {
  const { url, key, onTrouble } = options
  return {
    send: async (calls, signal) => {
      if (calls.length === 0) return
      const lines = calls.map(renderKongRecord).join('\n')
      const body = await compress(lines, { level: 1 })
      const request = {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
          'idempotency-key': randomUUID(),
        },
        body: new Uint8Array(body),
        signal,
      }
      await deliver({ url, request, signal, onTrouble })
    },
  }
}

async function deliver(delivery: {
  readonly url: string
  readonly request: RequestInit
  readonly signal: AbortSignal
  readonly onTrouble: (text: string) => void
}): Promise<void> {
  const { url, request, signal, onTrouble } = delivery
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMsMax, 2 * waitMs)) {
    const reply = await attempt(url, request)
    if (reply.isStored) {
      if (reply.rejected > 0) onTrouble(`${reply.rejected} simulated calls were rejected`)
      return
    }
    if (!reply.isRetryable) throw new Error(`ingest refused the simulated calls: ${reply.reason}`)
    // Once is usual: the program that the demo runs in answers 503 until its store is open.
    if (waitMs > firstWaitMs) onTrouble(`ingest: ${reply.reason}, trying again`)
    await pause(Math.max(waitMs, reply.retryAfterMs), undefined, { signal })
  }
}

type Attempt =
  | { readonly isStored: true; readonly rejected: number }
  | {
      readonly isStored: false
      readonly isRetryable: boolean
      readonly reason: string
      readonly retryAfterMs: number
    }

async function attempt(url: string, request: RequestInit): Promise<Attempt> {
  try {
    const response = await fetch(url, request)
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok) return { isStored: true, rejected: rejectedIn(body) }
    const { status } = response
    return {
      isStored: false,
      isRetryable: status === 408 || status === 429 || status >= 500,
      reason: `HTTP ${status}`,
      retryAfterMs: status === 429 ? 1_000 * (Number(response.headers.get('retry-after')) || 0) : 0,
    }
  } catch (error) {
    if (request.signal?.aborted === true) throw error
    return { isStored: false, isRetryable: true, reason: 'no answer', retryAfterMs: 0 }
  }
}

function rejectedIn(body: unknown): number {
  const isReport = typeof body === 'object' && body !== null && 'rejected' in body
  return isReport && typeof body.rejected === 'number' ? body.rejected : 0
}
