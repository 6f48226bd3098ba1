import { createRequire } from 'node:module'

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  scheduleCheckPendingRequests(): void
}

/**
 * kafkajs 2.2.4 sets a timer of 1 ms over and over on every idle connection: 3 to 4 % of a core per
 * consumer, and a warning of negative time-outs on Node 24. With nothing pending and no throttle there
 * is nothing to check; whatever is sent later schedules anew.
 *
 * @see https://github.com/tulios/kafkajs/issues/1556
 */
export function fixIdleLoop(): void {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function checkWhatIsPending(this: RequestQueue) {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return
    schedule.call(this)
  }
}
