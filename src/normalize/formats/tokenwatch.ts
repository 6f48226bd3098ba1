import { fail } from '../check-draft.ts'
import { readFieldCredential } from '../credentials.ts'
import type { Draft } from '../draft.ts'
import type { JsonFormat, JsonObject } from '../format.ts'
import { textOf } from '../raw-value.ts'

const hasAny = (record: JsonObject, names: readonly string[]) =>
  names.some(name => record[name] !== undefined)

const ownNames = ['path', 'route', 'token', 'credentialId', 'ip'] as const
const foreignNames = [
  'remote_addr',
  'request',
  'response_flags',
  'src_ip',
  'ai_log',
  'msec',
] as const

/**
 * tokenwatch's own format: one JSON object per call, for gateways that can be told what to log and for
 * applications that post their calls. docs/access-event.schema.json is its contract; a test holds the
 * two together. Types are strict: a number where text belongs is a fault, told by field.
 */
export const tokenwatch: JsonFormat = {
  kind: 'json',
  id: 'tokenwatch',

  claims(record) {
    if (hasAny(record, foreignNames)) return false
    if (record['ts'] !== undefined) return hasAny(record, ownNames)
    return hasAny(record, ['token', 'credentialId']) && hasAny(record, ['path', 'route', 'status'])
  },

  read(record, draft) {
    draft.isStrict = true
    draft.isTokenPreferred = true
    draft.gateway = textOf(record['gateway']) ?? 'unknown'
    checkText(record, 'gateway', draft)
    draft.node = record['node']
    draft.time = record['ts']
    draft.timeUnit = 'text'
    readIdentity(record, draft)
    draft.socketAddress = record['ip']
    draft.asn = record['asn']
    draft.country = record['country']
    draft.method = record['method']
    draft.host = record['host']
    draft.target = record['path']
    draft.route = record['route']
    draft.status = record['status']
    draft.latency = record['latencyMs']
    draft.bytesIn = record['bytesIn']
    draft.bytesOut = record['bytesOut']
    draft.llmTokensIn = record['llmTokensIn']
    draft.llmTokensOut = record['llmTokensOut']
    draft.costUsd = record['costUsd']
    draft.model = record['model']
    draft.userAgent = record['userAgent']
    draft.ja3 = record['ja3']
    draft.requestId = record['requestId']
    draft.objectKey = record['objectKey']
  },
}

/** The two that reach the draft converted already: a value of another type would be lost silently. */
function checkText(record: JsonObject, name: 'gateway' | 'token', draft: Draft): void {
  const value = record[name]
  if (typeof value !== 'string' && value !== undefined && value !== null) {
    fail(draft, 'wrong_type', name)
  }
}

function readIdentity(record: JsonObject, draft: Draft): void {
  const { token } = record
  if (typeof token === 'string') {
    readFieldCredential('authorization', token, draft)
    // This field is made for it: nothing leaked.
    draft.leaks.length = 0
  }
  checkText(record, 'token', draft)
  draft.credentialId = record['credentialId']
  draft.consumer = record['consumer']
  draft.application = record['application']
  draft.tenant = record['tenant']
  draft.scopes = record['scopes']
  draft.issuedAt = record['tokenIssuedAt']
  draft.expiresAt = record['tokenExpiresAt']
}
