import type { AccessEvent } from '../domain/access-event.ts'
import type { Trigger } from '../domain/finding.ts'

/** The call behind a fact, as far as a finding needs it. */
export type FactCall = Pick<
  AccessEvent,
  'tokenHint' | 'credentialId' | 'consumer' | 'application' | keyof Trigger
>

/** The strongest surprise of one family today, or a rule that held. */
export interface Fact {
  readonly detector: string
  /** Raw surprise under the token's own model, nats. */
  readonly surprise: number
  /** Calibrated, nats. */
  readonly evidence: number
  readonly observed: number
  readonly expected: number
  /** Scale of the predictive on ln(1 + y); 0 where there is none. */
  readonly spread: number
  /** At most 5, oldest first. */
  readonly values: readonly string[]
}

/** What is worth telling of a token's open day; most tokens have none. */
export interface TokenFacts {
  call: FactCall
  /** By family id, and by rule id. */
  readonly byTopic: Map<string, Fact>
}

const valuesMax = 5

/**
 * The call with the names of another one of its token, where it has none itself: a refused call often
 * carries the key alone, and people and gateways know the token by its names.
 */
export function withNames(call: FactCall, other: FactCall): FactCall {
  const isNamed = call.credentialId !== undefined || call.consumer !== undefined
  if (isNamed || (other.credentialId === undefined && other.consumer === undefined)) return call
  const { tokenHint, credentialId, consumer, application } = other
  return { ...call, tokenHint, credentialId, consumer, application }
}

/** Mutates: keeps the fact; values of the same detector are added up, the newest kept. */
export function noteFact(facts: TokenFacts, topic: string, fact: Fact): void {
  const before = facts.byTopic.get(topic)
  const values = before?.detector === fact.detector ? before.values : []
  const merged = [...new Set([...values, ...fact.values])].slice(-valuesMax)
  facts.byTopic.set(topic, { ...fact, values: merged })
}

export function triggerOf(call: FactCall): Trigger {
  const { ip, prefix, asn, country, networkType, client, method, route, status, gateway, node } =
    call
  return { ip, prefix, asn, country, networkType, client, method, route, status, gateway, node }
}
