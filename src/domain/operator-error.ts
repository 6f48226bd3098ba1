/** One thing that the operator has to put right before the program can run. */
export interface Fault {
  /** Path of the setting, flag or file: `ingest.kafka.brokers`, `--port`, `dataDir`. */
  readonly path: string
  readonly problem: string
  /** What to do about it. */
  readonly remedy: string
}

/** The program cannot run as it is set up. Printed as a list, exit code 2. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    super(faults.map(({ path, problem }) => `${path}: ${problem}`).join('; '), options)
    this.faults = faults
  }
}
