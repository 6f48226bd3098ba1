const BACKOFF_MAX_MS = 30_000
/** A page that nobody looks at asks seldom. */
const HIDDEN_FACTOR = 10

export interface Poll {
  /** Asks at once, for instance after a button changed something. */
  refresh(): void
  stop(): void
}

/** Runs a task over and over, one at a time; each failure doubles the wait, up to half a minute. */
export function startPoll(task: () => Promise<void>, everyMs: number): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  let isRunning = false
  let isWanted = false
  let failures = 0

  async function run() {
    clearTimeout(timer)
    if (isRunning) {
      isWanted = true
      return
    }
    isRunning = true
    try {
      await task()
      failures = 0
    } catch {
      // The client has told the page already; here it only slows down.
      failures += 1
    }
    isRunning = false
    if (isStopped) return
    const pause = everyMs * (document.hidden ? HIDDEN_FACTOR : 1) * 2 ** Math.min(failures, 6)
    timer = setTimeout(run, isWanted ? 0 : Math.min(pause, Math.max(everyMs, BACKOFF_MAX_MS)))
    isWanted = false
  }

  void run()
  return {
    refresh: () => void run(),
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
