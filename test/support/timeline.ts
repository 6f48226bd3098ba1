import type { After } from '../../src/lib/after.ts'

/** A clock and timers that a test moves by hand. */
export function createTimeline(startMs = 1_709_546_400_000) {
  let nowMs = startMs
  let pending: { atMs: number; run: () => void }[] = []
  const after: After = (delayMs, run) => {
    const timer = { atMs: nowMs + delayMs, run }
    pending.push(timer)
    return () => {
      pending = pending.filter(other => other !== timer)
    }
  }
  return {
    clock: () => nowMs,
    after,
    /** Waits of the timers that are set, shortest first, ms from now. */
    waits: () => pending.map(({ atMs }) => atMs - nowMs).sort((one, other) => one - other),
    /** Moves on to the next timer and runs it; its promises run when the test awaits something. */
    next() {
      const timer = pending.reduce<(typeof pending)[number] | undefined>(
        (first, other) => (first === undefined || other.atMs < first.atMs ? other : first),
        undefined,
      )
      if (timer === undefined) throw new Error('no timer is set')
      pending = pending.filter(other => other !== timer)
      nowMs = Math.max(nowMs, timer.atMs)
      timer.run()
    },
    advance(ms: number) {
      const untilMs = nowMs + ms
      while (pending.some(({ atMs }) => atMs <= untilMs)) this.next()
      nowMs = untilMs
    },
  }
}

/** The same interface with the real clock. */
export const realAfter: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}
