import type { After } from './after.ts'

/** Waits for something, but no longer than the deadline; what came of it is not told. */
export function within(deadlineMs: number, after: After, work: Promise<unknown>): Promise<void> {
  let cancel: () => void = () => undefined
  const deadline = new Promise<void>(resolve => {
    cancel = after(deadlineMs, resolve)
  })
  return Promise.race([work.then(ignore, ignore), deadline]).finally(cancel)
}

const ignore = () => undefined
