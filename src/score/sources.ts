import type { Fingerprint } from '../domain/access-event.ts'
import { hashText } from '../lib/hash-text.ts'

/** Tokens and refused ones remembered per prefix: enough to be sure, bounded under attack. */
const tokensMax = 24
const refusedMax = 512

/** What one prefix did today. */
export interface Source {
  readonly day: number
  /** Known tokens that it surprised. */
  readonly tokens: Fingerprint[]
  /** Hashes of unknown tokens that were refused. */
  readonly refused: Set<number>
}

/** Prefixes of today that surprised a token or were refused an unknown one. Bounded; the oldest goes. */
export interface Sources {
  /** Mutates: the source on that day, empty when it is new; undefined for a day that has passed. */
  at(prefixKey: number, day: number): Source | undefined
  /** Mutates: forgets days before. */
  forgetBefore(day: number): void
  entries(): IterableIterator<[number, Source]>
  restore(prefixKey: number, source: Source): void
}

export function createSources(sourcesMax: number): Sources {
  const sources = new Map<number, Source>()
  return {
    at(prefixKey, day) {
      const known = sources.get(prefixKey)
      if (known !== undefined && known.day >= day) return known.day === day ? known : undefined
      if (known === undefined && sources.size >= sourcesMax) {
        const oldest = sources.keys().next()
        if (!oldest.done) sources.delete(oldest.value)
      }
      const source: Source = { day, tokens: [], refused: new Set() }
      sources.delete(prefixKey)
      sources.set(prefixKey, source)
      return source
    },
    forgetBefore(day) {
      for (const [key, source] of sources) if (source.day < day) sources.delete(key)
    },
    entries: () => sources.entries(),
    restore(prefixKey, source) {
      sources.set(prefixKey, source)
    },
  }
}

/** Mutates: books a known token; @returns whether it is one more. */
export function bookSurprised({ tokens }: Source, token: Fingerprint): boolean {
  if (tokens.length >= tokensMax || tokens.includes(token)) return false
  tokens.push(token)
  return true
}

/** Mutates: books a refused unknown token; @returns how many there are. */
export function bookRefused({ refused }: Source, token: Fingerprint): number {
  if (refused.size < refusedMax) refused.add(hashText(token))
  return refused.size
}
