import type { Evidence, Trigger } from '../domain/finding.ts'
import {
  fingerprint,
  group,
  nested,
  number,
  optionalText,
  text,
  textList,
  word,
} from './record-fields.ts'

/** The token that a finding, an incident or an action is about. */
export const subjectFields = {
  token: fingerprint('token'),
  tokenHint: text('token_hint'),
  credentialId: optionalText('credential_id'),
  consumer: optionalText('consumer'),
  application: optionalText('application'),
  tenant: text('tenant'),
}

/** Nested, so that an analyst counts by detector with ARRAY JOIN; `values` and `text` are SQL words. */
export const evidenceField = nested<Evidence>('evidence', {
  detector: text('detector'),
  observed: number('observed'),
  expected: number('expected'),
  surprise: number('surprise'),
  contribution: number('contribution'),
  values: textList('seen'),
  text: text('sentence'),
  history: text('history'),
})

export const triggerField = group<Trigger>({
  ip: text('trigger_ip'),
  prefix: text('trigger_prefix'),
  asn: number('trigger_asn'),
  country: text('trigger_country'),
  networkType: word('trigger_network_type'),
  client: text('trigger_client'),
  method: text('trigger_method'),
  route: text('trigger_route'),
  status: number('trigger_status'),
  gateway: text('trigger_gateway'),
  node: text('trigger_node'),
})
