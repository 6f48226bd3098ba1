/**
 * A timer as an argument: runs something once, later, and gives the function that calls it off.
 * The program hands in the real one, a test one that it moves by hand.
 */
export type After = (delayMs: number, run: () => void) => () => void
