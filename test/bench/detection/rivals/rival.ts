import type { AccessEvent } from '../../../../src/domain/access-event.ts'
import type { Alert } from '../judge.ts'

/** A simple detector to compare with, on the same calls in the same order. */
export interface Rival {
  readonly name: string
  /** Mutates. */
  observe(event: AccessEvent): void
  /** Mutates: end of input. */
  flush(): void
  readonly alerts: readonly Alert[]
}
