import { numberIn, numbersIn, textIn, textsIn } from '../baseline/token-row.ts'
import type { NetworkType } from '../domain/access-event.ts'
import type { BaselineValue, TokenBaselineRow } from '../domain/token-baseline.ts'
import { statisticalDetectors } from './detectors/index.ts'
import type { Fact, FactCall, TokenFacts } from './facts.ts'

const noCall: FactCall = {
  tokenHint: '',
  credentialId: undefined,
  consumer: undefined,
  application: undefined,
  ip: '',
  prefix: '',
  asn: 0,
  country: '',
  networkType: 'unknown',
  client: '',
  method: '',
  route: '',
  status: 0,
  gateway: '',
  node: '',
}

/** A token's facts of the open day as columns; all empty without facts. */
export function toFactColumns(facts: TokenFacts | undefined): Record<string, BaselineValue> {
  const call = facts?.call ?? noCall
  const list = [...(facts?.byTopic.values() ?? [])]
  return {
    fact_detector: list.map(({ detector }) => detector),
    fact_surprise: Float64Array.from(list, ({ surprise }) => surprise),
    fact_evidence: Float64Array.from(list, ({ evidence }) => evidence),
    fact_observed: Float64Array.from(list, ({ observed }) => observed),
    fact_expected: Float64Array.from(list, ({ expected }) => expected),
    fact_spread: Float64Array.from(list, ({ spread }) => spread),
    fact_value_owner: Uint16Array.from(list.flatMap(({ values }, i) => values.map(() => i))),
    fact_value: list.flatMap(({ values }) => values),
    subject_hint: call.tokenHint,
    subject_credential_id: call.credentialId ?? '',
    subject_consumer: call.consumer ?? '',
    subject_application: call.application ?? '',
    trigger_ip: call.ip,
    trigger_prefix: call.prefix,
    trigger_asn: call.asn,
    trigger_country: call.country,
    trigger_network_type: call.networkType,
    trigger_client: call.client,
    trigger_method: call.method,
    trigger_route: call.route,
    trigger_status: call.status,
    trigger_gateway: call.gateway,
    trigger_node: call.node,
  }
}

/** Undefined when the row has no facts. */
export function fromFactColumns(row: TokenBaselineRow): TokenFacts | undefined {
  const detectors = textsIn(row, 'fact_detector')
  if (detectors.length === 0) return undefined
  const owners = Array.from(numbersIn(row, 'fact_value_owner'))
  const values = textsIn(row, 'fact_value')
  const column = (name: string) => numbersIn(row, name)
  const facts = detectors.map(
    (detector, i): Fact => ({
      detector,
      surprise: column('fact_surprise')[i] ?? 0,
      evidence: column('fact_evidence')[i] ?? 0,
      observed: column('fact_observed')[i] ?? 0,
      expected: column('fact_expected')[i] ?? 0,
      spread: column('fact_spread')[i] ?? 0,
      values: values.filter((_, place) => owners[place] === i),
    }),
  )
  return { call: callOf(row), byTopic: new Map(facts.map(fact => [topicOf(fact), fact])) }
}

/** Family of a statistic, id of a rule. */
function topicOf({ detector }: Fact): string {
  return statisticalDetectors.find(({ id }) => id === detector)?.family ?? detector
}

function callOf(row: TokenBaselineRow): FactCall {
  const optional = (name: string) => textIn(row, name) || undefined
  return {
    tokenHint: textIn(row, 'subject_hint'),
    credentialId: optional('subject_credential_id'),
    consumer: optional('subject_consumer'),
    application: optional('subject_application'),
    ip: textIn(row, 'trigger_ip'),
    prefix: textIn(row, 'trigger_prefix'),
    asn: numberIn(row, 'trigger_asn'),
    country: textIn(row, 'trigger_country'),
    // Written by `toFactColumns` from the same type.
    networkType: textIn(row, 'trigger_network_type') as NetworkType,
    client: textIn(row, 'trigger_client'),
    method: textIn(row, 'trigger_method'),
    route: textIn(row, 'trigger_route'),
    status: numberIn(row, 'trigger_status'),
    gateway: textIn(row, 'trigger_gateway'),
    node: textIn(row, 'trigger_node'),
  }
}
