/** State of one dependency, as `/readyz` shows it. */
interface DependencyHealth {
  readonly name: string
  readonly isHealthy: boolean
  /** What is wrong or what was last seen, in our words. */
  readonly detail: string
  readonly sinceMs: number
}

/** What is known of the dependencies: set by whoever uses one, read by the API. */
export interface Health {
  set(name: string, isHealthy: boolean, detail: string): void
  list(): readonly DependencyHealth[]
  /** Everything that events need on their way into the store is healthy. */
  readonly isReady: boolean
}

/** Shown, but no reason to take the process out of service: receivers that are down, jobs that failed, records that are gone. */
const ADVISORY =
  /^(alert\.|respond\.|job |keys of |scoring$|event observers$|dead-letter topic$)| retention$/

export function createHealth(clock: () => number): Health {
  const dependencies = new Map<string, DependencyHealth>()
  return {
    set(name, isHealthy, detail) {
      const previous = dependencies.get(name)
      const sinceMs = previous?.isHealthy === isHealthy ? previous.sinceMs : clock()
      dependencies.set(name, { name, isHealthy, detail, sinceMs })
    },
    list: () => [...dependencies.values()],
    get isReady() {
      return [...dependencies.values()].every(
        ({ name, isHealthy }) => isHealthy || ADVISORY.test(name),
      )
    },
  }
}
