/** A recurring piece of work. */
export interface Job {
  readonly name: string
  /** Cron expression with five or six fields; empty for never. */
  readonly schedule: string
  run(): Promise<void>
}
