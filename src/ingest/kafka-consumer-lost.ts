import { PipelineError } from '../domain/pipeline-error.ts'

/** A consumer that kafkajs believes to be well, and that does nothing. */
export class ConsumerLost extends PipelineError {
  readonly reason: 'stalled' | 'silent'

  constructor(reason: 'stalled' | 'silent', message: string) {
    super('source_unavailable', `${reason}: ${message}`)
    this.reason = reason
  }
}
