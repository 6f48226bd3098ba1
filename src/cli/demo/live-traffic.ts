import { setTimeout as pause } from 'node:timers/promises'

import { createRandom } from '../../simulate/random.ts'
import type { SimulatedCall } from '../../simulate/simulated-call.ts'
import { createCredentialId, guessKey } from '../../simulate/token.ts'
import type { DemoGateway } from './demo-gateway.ts'
import type { IngestClient } from './ingest-client.ts'

const tickMs = 500
/** A thief that is refused for this long goes away. */
const patienceMs = 60_000

/** The gateways' side of live traffic: who is let in, and who has which key. */
export interface Admission {
  /** What the gateway node answers to the call; undefined when it is not made at all. */
  admit(call: SimulatedCall): SimulatedCall | undefined
  /** Gives the victim's owner a new key; the thief keeps the old one. */
  rotate(credentialId: string): void
}

export function createAdmission(options: {
  readonly gateway: DemoGateway
  readonly seed: number
  readonly clock: () => number
}): Admission {
  const { gateway, seed, clock } = options
  const rotated = new Map<string, { readonly token: string; readonly credentialId: string }>()
  let firstRefusedMs: number | undefined

  const refuse = (call: SimulatedCall): SimulatedCall => ({
    ...call,
    status: 401,
    latencyMs: 2,
    bytesOut: 180,
  })
  return {
    admit: call => {
      const { credentialId = '', node, attackId } = call
      const isThief = attackId !== undefined
      const own = isThief ? undefined : rotated.get(credentialId)
      if (own !== undefined) return { ...call, ...own }
      if (!gateway.isRefused(credentialId, node)) return call
      firstRefusedMs ??= clock()
      if (isThief && clock() > firstRefusedMs + patienceMs) return undefined
      return refuse(call)
    },
    rotate: credentialId => {
      const random = createRandom(seed, 'rotated', credentialId)
      rotated.set(credentialId, {
        token: guessKey(random),
        credentialId: createCredentialId(random),
      })
    },
  }
}

/** Sends each call when its time has come, in groups of half a second, until `signal`. */
export async function runLiveTraffic(options: {
  readonly calls: Iterator<SimulatedCall, void>
  readonly admission: Admission
  readonly ingest: IngestClient
  readonly clock: () => number
  readonly onTrouble: (text: string) => void
  readonly signal: AbortSignal
}): Promise<void> {
  const { calls, admission, ingest, clock, onTrouble, signal } = options
  const takeDue = createTimeline(calls)
  while (!signal.aborted) {
    const due = takeDue(clock()).flatMap(call => admission.admit(call) ?? [])
    try {
      await ingest.send(due, signal)
    } catch (error) {
      if (signal.aborted) return
      onTrouble(error instanceof Error ? error.message : 'the calls could not be sent')
    }
    await pause(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Gives, each time, the calls that have become due since the last time. */
function createTimeline(calls: Iterator<SimulatedCall, void>) {
  let next = calls.next()
  return (nowMs: number): readonly SimulatedCall[] => {
    const due: SimulatedCall[] = []
    while (next.done !== true && next.value.tsMs <= nowMs) {
      due.push(next.value)
      next = calls.next()
    }
    return due
  }
}
