import type { AccessEvent } from '../../../../src/domain/access-event.ts'
import { dayMs } from '../../../support/traffic.ts'
import type { Alert } from '../judge.ts'
import type { Rival } from './rival.ts'

const learningMs = 7 * dayMs

/** From the most to the least telling; a new value scores by the first of them that is new. */
const values: readonly {
  readonly weight: number
  of(event: AccessEvent): string | number
}[] = [
  { weight: 6, of: ({ country }) => country },
  { weight: 5, of: ({ asn }) => asn },
  { weight: 4, of: ({ client }) => client },
  { weight: 3, of: ({ method, route }) => `${method} ${route}` },
  { weight: 2, of: ({ prefix }) => prefix },
  { weight: 1, of: ({ ip }) => ip },
]

/** First-seen rules: after a week of a token, any new value alerts; several at once weigh a little more. */
export function createFirstSeen(): Rival {
  const alerts: Alert[] = []
  const tokens = new Map<string, { readonly sinceMs: number; readonly seen: Set<unknown>[] }>()
  return {
    name: 'first-seen',
    alerts,
    observe(event) {
      let token = tokens.get(event.token)
      if (token === undefined) {
        token = { sinceMs: event.ts, seen: values.map(() => new Set()) }
        tokens.set(event.token, token)
      }
      const score = meet(token.seen, event)
      if (score === 0 || event.ts - token.sinceMs < learningMs) return
      alerts.push({ token: event.token, tsMs: event.ts, score })
    },
    flush: () => undefined,
  }
}

/** Mutates: remembers the values; @returns 0 when none is new. */
function meet(known: readonly Set<unknown>[], event: AccessEvent): number {
  let score = 0
  for (const [place, { weight, of }] of values.entries()) {
    const seen = known[place]
    const value = of(event)
    if (seen === undefined || seen.has(value)) continue
    seen.add(value)
    score = score === 0 ? weight : score + weight / 100
  }
  return score
}
