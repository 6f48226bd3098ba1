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
  /**
   * How far something is that takes a while; until it is set.
   *
   * @param detail - shown to everyone: our words and numbers only, nothing of a foreign error
   */
  progress(name: string, detail: string): void
  /** What is on its way. */
  inProgress(): readonly { readonly name: string; readonly detail: string }[]
  list(): readonly DependencyHealth[]
  /** Everything that events need on their way into the store is healthy. */
  readonly isReady: boolean
}

/** Shown, but no reason to take the process out of service: receivers that are down, jobs that failed, records that are gone. */
const ADVISORY =
  /^(?:process \d+: )?(alert\.|respond\.|job |keys of |fingerprint key$|scoring$|event observers$|dead-letter topic$)| retention$/

/** @param onSet - told of everything that is set */
export function createHealth(clock: () => number, onSet?: Health['set']): Health {
  const dependencies = new Map<string, DependencyHealth>()
  const underWay = new Map<string, string>()

  function note(name: string, isHealthy: boolean, detail: string) {
    const previous = dependencies.get(name)
    const sinceMs = previous?.isHealthy === isHealthy ? previous.sinceMs : clock()
    dependencies.set(name, { name, isHealthy, detail, sinceMs })
  }

  return {
    set(name, isHealthy, detail) {
      underWay.delete(name)
      note(name, isHealthy, detail)
      onSet?.(name, isHealthy, detail)
    },
    progress(name, detail) {
      underWay.set(name, detail)
      note(name, true, detail)
      onSet?.(name, true, detail)
    },
    inProgress: () => [...underWay].map(([name, detail]) => ({ name, detail })),
    list: () => [...dependencies.values()],
    get isReady() {
      return [...dependencies.values()].every(
        ({ name, isHealthy }) => isHealthy || ADVISORY.test(name),
      )
    },
  }
}
