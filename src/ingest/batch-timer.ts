/** When the batch that is being filled is due. */
export class BatchTimer {
  readonly #onDue: () => void
  #timer: NodeJS.Timeout | undefined
  /** By `performance.now()`. */
  #dueMs = Number.POSITIVE_INFINITY
  #isDue = false

  constructor(onDue: () => void) {
    this.#onDue = onDue
  }

  get isDue(): boolean {
    return this.#isDue
  }

  get isRunning(): boolean {
    return this.#timer !== undefined
  }

  /** Due within this time, or sooner if that was said before. */
  dueWithin(delayMs: number) {
    const dueMs = performance.now() + delayMs
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => this.dueNow(), delayMs)
  }

  dueNow() {
    this.#isDue = true
    this.#onDue()
  }

  /** For the next batch, which has nothing in it yet. */
  reset() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = false
  }
}
