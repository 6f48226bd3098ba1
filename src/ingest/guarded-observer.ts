import type { AccessEvent } from '../domain/access-event.ts'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'

interface Observer {
  observe(event: AccessEvent, isReplayed?: boolean): void
}

/**
 * An observer whose failures stay with it. An event that it cannot take is stored all the same: else
 * its record would come again after every restart, fail again, and hold the whole stream up for good.
 *
 * @param name - of what observes, for log and health
 */
export function guardObserver(
  observer: Observer,
  name: string,
  deps: { readonly log: Logger; readonly health: Health },
): Observer {
  let failures = 0
  const failed = (error: unknown, { source, partition, offset, index }: AccessEvent) => {
    failures += 1
    // At powers of two: what fails for one event may fail for all of them.
    if ((failures & (failures - 1)) !== 0) return
    const position = { source, partition, offset, index }
    deps.log.error({ ...position, err: error, failures, name }, 'Event not observed; it is stored.')
    deps.health.set(name, false, `${failures} events could not be observed: see the log`)
  }
  return {
    observe(event, isReplayed) {
      try {
        observer.observe(event, isReplayed)
      } catch (error) {
        failed(error, event)
      }
    },
  }
}
