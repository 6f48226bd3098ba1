/** One command of the program: `tokenwatch <name> …`. */
export interface Command {
  readonly name: string
  /** One line for the overview; none for what only the program itself runs. */
  readonly summary: string | undefined
  /** Resolves to the exit code: 0 done, 1 failed, 2 wrong use or set-up. */
  run(args: readonly string[]): Promise<number>
}
