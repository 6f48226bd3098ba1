import { createWorld, type World, type WorldOptions } from '../../simulate/world.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
/** The world goes on for as long as a demo may run. */
const futureDays = 7
/** Ingest of the past takes about this long; the bulk transfers begin when it is over. */
const leadMs = 15_000

export interface DemoWorld {
  readonly victim: {
    readonly token: string
    readonly credentialId: string
    readonly consumer: string
  }
  readonly tokens: number
  /** Without the theft: what is past, and what the future would have been. */
  readonly benign: World
  /** The same world with the victim's key stolen. */
  withTheftAt(startMs: number): World
}

/**
 * The world of the demo: some weeks before `nowMs`, and what follows.
 *
 * Live traffic must look like the past, or the demo would be full of false alerts. So the traffic is
 * that of ordinary tokens plus four bulk transfers which run every day from about `nowMs` on: 9 to 14
 * calls a second for some minutes, then fewer. The victim is one of them: a server that calls once a
 * second while the thief does.
 */
export function createDemoWorld(options: {
  readonly seed: number
  readonly nowMs: number
  readonly pastDays: number
}): DemoWorld {
  const { seed, nowMs, pastDays } = options
  const beginMs = (nowMs + leadMs) % dayMs
  const minutes = (count: number) => count * 60_000
  const job = (afterMs: number, durationMs: number, callsPerSecond: number) => ({
    startMs: (beginMs + afterMs) % dayMs,
    durationMs,
    callsPerSecond,
  })
  const worldOptions: WorldOptions = {
    seed,
    tokens: 56,
    days: pastDays + futureDays,
    startMs: nowMs - pastDays * dayMs,
    attacks: [],
    lookAlikes: [],
    volume: 0.3,
    shiftMs: officeShiftMs(nowMs),
    syncJobs: [
      job(-minutes(1), minutes(14), 1),
      job(0, minutes(3), 8),
      job(minutes(2), minutes(6), 4),
      job(0, minutes(45), 0.5),
    ],
  }
  const benign = createWorld(worldOptions)
  const victim = benign.tokens.find(({ archetype }) => archetype === 'daily-sync')
  if (victim === undefined) throw new RangeError('a world without its bulk transfers')
  const { token, credentialId } = victim
  return {
    victim: { token, credentialId, consumer: victim.consumer ?? credentialId },
    tokens: benign.tokens.length,
    benign,
    withTheftAt: startMs =>
      createWorld({
        ...worldOptions,
        attacks: [{ kind: 'stolen-token', startMs, credentialId, intensity: 18 }],
      }),
  }
}

/** Moves the office hours of all tenants so that in Central Europe it is about 11 in the morning now. */
function officeShiftMs(nowMs: number): number {
  const utcHour = Math.floor((nowMs % dayMs) / hourMs)
  return (10 - utcHour) * hourMs
}
