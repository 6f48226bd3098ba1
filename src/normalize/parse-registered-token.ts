import type { Fingerprint } from '../domain/access-event.ts'
import type { RegisteredToken } from '../domain/registered-token.ts'
import type { Result } from '../lib/result.ts'

export type RegistryReason =
  | 'not_json'
  | 'not_an_object'
  | 'missing_credential'
  | 'wrong_type'
  | 'bad_time'
  | 'unknown_field'

const FIELDS = new Set([
  'token',
  'credentialId',
  'owner',
  'application',
  'tenant',
  'scopes',
  'issuedAt',
  'expiresAt',
  'revokedAt',
  'protected',
  'honeytoken',
])

/**
 * One line of a token registry: what the operator knows of a token, as JSON.
 *
 * `token` (the raw credential, hashed here and forgotten) or `credentialId` is required; times are ISO
 * 8601 or ms since epoch; `scopes` is a list or one space-separated string.
 */
export function parseRegisteredToken(
  line: string,
  fingerprintOf: (rawToken: string) => Fingerprint,
): Result<RegisteredToken, RegistryReason> {
  const record = parseObject(line)
  if (typeof record === 'string') return { ok: false, reason: record }
  if (Object.keys(record).some(name => !FIELDS.has(name)))
    return { ok: false, reason: 'unknown_field' }
  try {
    const raw = optionalText(record['token'])
    const credentialId = optionalText(record['credentialId'])
    if (raw === undefined && credentialId === undefined)
      return { ok: false, reason: 'missing_credential' }
    return {
      ok: true,
      value: {
        token: raw === undefined ? undefined : fingerprintOf(raw),
        credentialId,
        owner: optionalText(record['owner']),
        application: optionalText(record['application']),
        tenant: optionalText(record['tenant']),
        scopes: optionalScopes(record['scopes']),
        issuedAtMs: optionalTime(record['issuedAt']),
        expiresAtMs: optionalTime(record['expiresAt']),
        revokedAtMs: optionalTime(record['revokedAt']),
        isProtected: optionalFlag(record['protected']),
        isHoneytoken: optionalFlag(record['honeytoken']),
      },
    }
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, reason: error.reason }
    throw error
  }
}

/** Leaves the field helpers early; never leaves this file. */
class FieldError extends Error {
  readonly reason: RegistryReason

  constructor(reason: RegistryReason) {
    super(reason)
    this.reason = reason
  }
}

function parseObject(line: string): Record<string, unknown> | RegistryReason {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'not_json'
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : 'not_an_object'
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw new FieldError('wrong_type')
  return value
}

function optionalFlag(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw new FieldError('wrong_type')
  return value
}

function optionalScopes(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value.split(/\s+/).filter(scope => scope !== '')
  const isList = Array.isArray(value) && value.every(scope => typeof scope === 'string')
  if (!isList) throw new FieldError('wrong_type')
  return value
}

function optionalTime(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  const ms = typeof value === 'string' ? Date.parse(value) : value
  if (typeof ms !== 'number') throw new FieldError('wrong_type')
  if (!Number.isFinite(ms) || ms < 0) throw new FieldError('bad_time')
  return ms
}
