import type { AuthOutcome } from '../domain/access-event.ts'
import type { RejectReason } from '../domain/reject.ts'
import type { Draft } from './draft.ts'
import { parseTime } from './parse-time.ts'
import { quantityOf } from './raw-value.ts'
import type { NormalizeSettings } from './settings.ts'

const year2000Ms = 946_684_800_000

/** Notes why a draft becomes no event. The first fault stays. */
export function fail(draft: Draft, reason: RejectReason, field: string): undefined {
  if (draft.faultReason !== undefined) return undefined
  draft.faultReason = reason
  draft.faultField = field
  return undefined
}

const isAbsent = (value: unknown) =>
  value === undefined || value === null || value === '' || value === '-'

/** The call's time in ms; a clock that runs a little ahead is set back to the arrival. */
export function timeOf(draft: Draft, receivedMs: number, settings: NormalizeSettings): number {
  if (isAbsent(draft.time)) {
    fail(draft, 'missing_time', 'ts')
    return 0
  }
  const ts = parseTime(draft.time, draft.timeUnit)
  if (!Number.isFinite(ts)) fail(draft, 'bad_time', 'ts')
  else if (ts < year2000Ms) fail(draft, 'time_before_2000', 'ts')
  else if (ts > receivedMs + settings.futureMsMax) fail(draft, 'time_in_future', 'ts')
  else if (ts > receivedMs + settings.clockSkewMsMax) return receivedMs
  return ts
}

/** HTTP status; 0 where the log has none, or a gateway wrote that no answer was sent. */
export function statusOf(draft: Draft): number {
  if (isAbsent(draft.status)) return 0
  const status = quantityOf(draft.status)
  if (status === undefined || status > 599 || !Number.isInteger(status)) {
    fail(draft, 'bad_status', 'status')
    return 0
  }
  return status >= 100 ? status : 0
}

export function outcomeOf(draft: Draft, status: number): AuthOutcome {
  if (draft.isThrottled || status === 429) return 'throttled'
  if (draft.isAuthFailed || status === 401 || status === 407) return 'failed'
  return status === 403 ? 'denied' : 'ok'
}

const quantities = [
  ['latency', 'latencyMs'],
  ['bytesIn', 'bytesIn'],
  ['bytesOut', 'bytesOut'],
  ['llmTokensIn', 'llmTokensIn'],
  ['llmTokensOut', 'llmTokensOut'],
  ['costUsd', 'costUsd'],
  ['asn', 'asn'],
] as const
const texts = [
  ['target', 'path'],
  ['route', 'route'],
  ['method', 'method'],
  ['node', 'node'],
  ['host', 'host'],
  ['consumer', 'consumer'],
  ['application', 'application'],
  ['tenant', 'tenant'],
  ['credentialId', 'credentialId'],
  ['userAgent', 'userAgent'],
  ['model', 'model'],
  ['ja3', 'ja3'],
  ['requestId', 'requestId'],
  ['country', 'country'],
  ['socketAddress', 'ip'],
] as const
const times = [
  ['issuedAt', 'tokenIssuedAt'],
  ['expiresAt', 'tokenExpiresAt'],
] as const

const isText = (value: unknown) => typeof value === 'string'
const isQuantity = (value: unknown) =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value)
const isTime = (value: unknown) => !Number.isNaN(parseTime(value, 'text'))

/**
 * Own format only: what is there must be of its type; the first that is not becomes the fault, under
 * its name in the record. `null` is absent.
 */
export function checkTypes(draft: Draft): void {
  if (!draft.isStrict) return
  for (const [field, name] of texts) checkField(draft, field, isText, 'wrong_type', name)
  for (const [field, name] of quantities) checkField(draft, field, isQuantity, 'wrong_type', name)
  for (const [field, name] of times) checkField(draft, field, isTime, 'bad_time', name)
}

function checkField(
  draft: Draft,
  field: keyof Draft,
  isRight: (value: unknown) => boolean,
  ...[reason, name]: [RejectReason, string]
): void {
  const value = draft[field]
  if (value !== undefined && value !== null && !isRight(value)) fail(draft, reason, name)
}
