import { setTimeout as pause } from 'node:timers/promises'

import type { SimulatedCall } from '../../simulate/simulated-call.ts'
import { type AdminClient, createAdminClient, type ShownAction } from './admin-client.ts'
import type { DemoGateway } from './demo-gateway.ts'
import { createDemoWorld, type DemoWorld } from './demo-world.ts'
import { createIngestClient, type IngestClient } from './ingest-client.ts'
import { type Admission, createAdmission, runLiveTraffic } from './live-traffic.ts'

/** How long the acts of the demo take. */
export interface DemoPace {
  readonly pastDays: number
  /** From the begin of live traffic to the theft. */
  readonly thiefAfterMs: number
  /** For how long the dry run is left to be looked at. */
  readonly dryRunShownMs: number
  /** From the refusal to the owner's new key. */
  readonly newKeyAfterMs: number
  readonly pollMs: number
}

const demoPace: DemoPace = {
  pastDays: 28,
  thiefAfterMs: 8_000,
  dryRunShownMs: 12_000,
  newKeyAfterMs: 25_000,
  pollMs: 1_000,
}

/** Plays the demo through the real HTTP interfaces. */
export interface DemoDriver {
  /** Resolves, without an error, soon after `signal`. */
  run(signal: AbortSignal): Promise<void>
  /** What is going on, one or two sentences for the page. */
  phase(): string
}

interface DemoOptions {
  /** Of `POST /v1/events`. */
  readonly ingestUrl: string
  readonly ingestKey: string
  /** Origin of the API, and a key that may execute actions. */
  readonly adminApi: { readonly url: string; readonly key: string }
  readonly gateway: DemoGateway
  readonly seed: number
  readonly clock: () => number
  readonly onPhase: (text: string) => void
  readonly pace?: DemoPace
}

interface Stage {
  readonly world: DemoWorld
  readonly ingest: IngestClient
  readonly admin: AdminClient
  readonly admission: Admission
  readonly gateway: DemoGateway
  readonly pace: DemoPace
  readonly clock: () => number
  readonly say: (text: string) => void
  readonly trouble: (text: string) => void
}

/** Lines of a request: one insert of a good size, and below the limits of the ingest defaults. */
const requestCallsMax = 15_000

export function createDemoDriver(options: DemoOptions): DemoDriver {
  const { gateway, seed, clock, onPhase, pace = demoPace } = options
  let phase = 'The demo begins.'
  const say = (text: string) => {
    phase = text
    onPhase(text)
  }
  const trouble = (text: string) => onPhase(`Trouble: ${text}.`)
  return {
    phase: () => phase,
    run: async signal => {
      const stage: Stage = {
        world: createDemoWorld({ seed, nowMs: clock(), pastDays: pace.pastDays }),
        ingest: createIngestClient({
          url: options.ingestUrl,
          key: options.ingestKey,
          onTrouble: trouble,
        }),
        admin: createAdminClient(options.adminApi),
        admission: createAdmission({ gateway, seed, clock }),
        gateway,
        pace,
        clock,
        say,
        trouble,
      }
      try {
        const liveFromMs = await sendPast(stage, signal)
        const theftMs = clock() + pace.thiefAfterMs
        await Promise.all([
          playLive(stage, { fromMs: liveFromMs, theftMs }, signal),
          playStory(stage, theftMs, signal),
        ])
      } catch (error) {
        if (signal.aborted) return
        say(`The demo stopped: ${reasonOf(error)}.`)
      }
    },
  }
}

/** Act 1: everything up to now, in large requests. Returns the time from which on it is live. */
async function sendPast(stage: Stage, signal: AbortSignal): Promise<number> {
  const { world, ingest, clock, say, pace } = stage
  say(`Sending the past ${pace.pastDays} days of ${world.tokens} tokens to the ingest.`)
  let calls: SimulatedCall[] = []
  let sent = 0
  let sending = Promise.resolve()
  const send = async () => {
    const batch = calls
    calls = []
    // One request is under way while the next is drawn; never two, so that the order stays.
    await sending
    sent += batch.length
    sending = ingest.send(batch, signal)
    // Awaited above or below; this only keeps a failure from being reported as unhandled before.
    sending.catch(() => undefined)
  }
  for (const call of world.benign.events()) {
    if (call.tsMs > clock()) {
      await send()
      await sending
      say(`${sent.toLocaleString('en')} calls of the past are stored. Live traffic begins.`)
      return call.tsMs
    }
    if (calls.push(call) >= requestCallsMax) await send()
  }
  throw new Error('the simulated world has ended')
}

/** Act 2: live traffic in real time, with a thief in it after a while. */
async function playLive(
  stage: Stage,
  times: { readonly fromMs: number; readonly theftMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { fromMs, theftMs } = times
  const { world, pace, clock, ingest, admission, trouble, say } = stage
  const announce = pause(pace.thiefAfterMs, undefined, { signal }).then(
    () =>
      say(`The key of ${world.victim.consumer} has just been stolen: a second client uses it now.`),
    () => undefined,
  )
  const calls = world.withTheftAt(theftMs).events(fromMs)
  await runLiveTraffic({ calls, admission, ingest, clock, onTrouble: trouble, signal })
  await announce
}

/** Act 3, which ends with `signal` too, without an error: live traffic ends after it. */
async function playStory(stage: Stage, theftMs: number, signal: AbortSignal): Promise<void> {
  try {
    await tellStory(stage, theftMs, signal)
  } catch (error) {
    if (!signal.aborted) stage.trouble(reasonOf(error))
  }
}

/** Waits for tokenwatch's own incident, lets the dry run be seen, then has it carried out. */
async function tellStory(stage: Stage, theftMs: number, signal: AbortSignal): Promise<void> {
  const { world, gateway, pace, say, admission } = stage
  const { credentialId, consumer } = world.victim
  const planned = await awaitPlan(stage, theftMs, signal)
  if (planned !== undefined) {
    say(
      `tokenwatch opened an incident (“${planned.title}”) and shows, as a dry run, what it would do.`,
    )
    await pause(pace.dryRunShownMs, undefined, { signal })
    await carryOut(stage, planned, signal)
  }
  while (!gateway.isRevoked(credentialId)) await pause(pace.pollMs, undefined, { signal })
  say(
    `The revocation of ${consumer} was carried out: node after node refuses the key, to thief and owner.`,
  )
  await pause(gateway.slowestNodeMs + pace.newKeyAfterMs, undefined, { signal })
  admission.rotate(credentialId)
  say(`Contained. The owner of ${consumer} has a new key and works on; the thief's key is dead.`)
}

/** The action to carry out; undefined when a person was faster. */
async function awaitPlan(
  stage: Stage,
  theftMs: number,
  signal: AbortSignal,
): Promise<ShownAction | undefined> {
  const { admin, world, gateway, pace, trouble } = stage
  const { credentialId } = world.victim
  let told = ''
  const tellOnce = (text: string) => {
    if (text !== told) trouble(text)
    told = text
  }
  while (!gateway.isRevoked(credentialId)) {
    const action = await admin
      .findAction({ credentialId, sinceMs: theftMs }, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) tellOnce(reasonOf(error))
        return undefined
      })
    if (action?.state === 'planned' || action?.state === 'awaiting') return action
    if (action?.state === 'withheld') tellOnce(`the revocation is withheld: ${action.reason}`)
    await pause(pace.pollMs, undefined, { signal })
  }
  return undefined
}

/** As the demo's operator, unless a person pressed the button meanwhile. Tries until it works. */
async function carryOut(stage: Stage, planned: ShownAction, signal: AbortSignal): Promise<void> {
  const { admin, gateway, world, pace, say, trouble } = stage
  for (let waitMs = pace.pollMs; !gateway.isRevoked(world.victim.credentialId); waitMs *= 2) {
    say('The operator of the demo presses the button: the dry run is carried out for real.')
    try {
      await admin.execute(planned.id, signal)
      return
    } catch (error) {
      if (signal.aborted) throw error
      trouble(reasonOf(error))
    }
    await pause(Math.min(waitMs, 10_000), undefined, { signal })
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : 'unknown error')
