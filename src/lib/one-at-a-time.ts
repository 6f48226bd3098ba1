/**
 * Runs asynchronous steps one after the other, in the order in which they are given.
 *
 * @returns a function that gives the outcome of its step; a step that rejects does not stop the next
 */
export function oneAtATime(): <Value>(step: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return step => {
    const turn = last.then(step, step)
    last = turn.catch(() => undefined)
    return turn
  }
}
