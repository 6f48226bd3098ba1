import { type Static, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { parseDocument } from 'yaml'
import { allErrors } from '../config/all-errors.ts'
import { actionKinds, actionModes } from '../domain/action.ts'
import { severities } from '../domain/finding.ts'
import type { Fault } from '../domain/operator-error.ts'

const closed = { additionalProperties: false }
const listOf = <Schema extends TSchema>(item: Schema) =>
  Type.Array(item, { minItems: 1, maxItems: 10_000 })
const name = Type.String({ minLength: 1, maxLength: 300 })
const count = (maximum: number) => Type.Integer({ minimum: 0, maximum })

/** When a rule applies: every condition that it names must hold. */
const Match = Type.Object(
  {
    riskMin: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    severityMin: Type.Optional(Type.Enum(severities)),
    detectorsAny: Type.Optional(listOf(name)),
    tenants: Type.Optional(listOf(name)),
    /** `token` where a rule does not say: an address has no credential to revoke. */
    entity: Type.Optional(Type.Enum(['token', 'address'] as const)),
    networkTypes: Type.Optional(
      listOf(
        Type.Enum([
          'hosting',
          'mobile',
          'residential',
          'vpn',
          'tor',
          'private',
          'unknown',
        ] as const),
      ),
    ),
  },
  closed,
)

const Rule = Type.Object(
  {
    name,
    match: Match,
    action: Type.Enum(actionKinds),
    revoker: name,
    mode: Type.Enum(actionModes),
  },
  closed,
)

/** What may be done to which token by itself, and what never. */
export const Policy = Type.Object(
  {
    version: Type.Literal(1),
    /** In this order: the first rule that applies decides. */
    rules: Type.Array(Rule, { maxItems: 1_000 }),
    protected: Type.Object(
      {
        tokens: Type.Array(name, { default: [] }),
        credentialIds: Type.Array(name, { default: [] }),
        consumers: Type.Array(name, { default: [] }),
      },
      { ...closed, default: {} },
    ),
    caps: Type.Object(
      {
        actionsPerHour: Type.Integer({ ...count(100_000), default: 10 }),
        actionsPerHourPerTenant: Type.Integer({ ...count(100_000), default: 5 }),
        /** Automatic requests in one hour, granted or not, from which on something else is wrong. */
        breakerRequestsPerHour: Type.Integer({ ...count(100_000), default: 30 }),
        /** Failures in a row from which on calling the revoker again is pointless. */
        breakerFailures: Type.Integer({ ...count(1_000), default: 5 }),
      },
      { ...closed, default: {} },
    ),
    /** Independent detectors without which nothing is done, but for a certain one. */
    minimumDetectors: Type.Integer({ minimum: 1, maximum: 10, default: 2 }),
    /** Detectors that need no second one. */
    certainDetectors: Type.Array(name, {
      default: ['honeytoken', 'used-after-revocation', 'used-after-expiry'],
    }),
  },
  closed,
)
export type Policy = Static<typeof Policy>
export type PolicyRule = Static<typeof Rule>

/** Without a policy file: shows which tokens it would have revoked, and touches none. */
export const defaultPolicyText = `version: 1
rules:
  - name: high-risk
    match: { severityMin: high, riskMin: 70 }
    action: revoke
    revoker: webhook
    mode: dry-run
`

/** A policy has no use for aliases; a bomb of them is cut short. */
const ALIASES_MAX = 20
const LENGTH_MAX = 1_000_000

export type PolicyResult =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/**
 * Reads a policy; of a wrong one every fault, each with its path below `policy`.
 *
 * @param revokerIds - revokers that a rule may name
 */
export function parsePolicy(text: string, revokerIds: readonly string[]): PolicyResult {
  if (text.length > LENGTH_MAX) return failure([fault('', 'is longer than 1,000,000 characters')])
  const document = parseDocument(text, { uniqueKeys: true })
  if (document.errors.length > 0) {
    return failure(document.errors.map(({ message }) => fault('', message.split('\n', 1)[0] ?? '')))
  }
  let content: unknown
  try {
    content = document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch {
    return failure([fault('', 'has too many aliases')])
  }
  const complete = Value.Default(Policy, content)
  if (!Value.Check(Policy, complete)) return failure(schemaFaults(complete))
  const faults = ruleFaults(complete.rules, revokerIds)
  return faults.length > 0 ? failure(faults) : { ok: true, policy: complete }
}

const failure = (faults: readonly Fault[]): PolicyResult => ({ ok: false, faults })

const fault = (path: string, problem: string): Fault => ({
  path: path === '' ? 'policy' : `policy.${path}`,
  problem,
  remedy: 'See docs/response.md, "The policy".',
})

/** A property that is not known has a fault of its own: its parent's, which names none, is left out. */
function schemaFaults(content: unknown): Fault[] {
  const faults = allErrors(Policy, content)
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ keyword, instancePath, message }) => {
      const problem = keyword === 'boolean' ? 'no property has this name' : message
      return fault(instancePath.slice(1).replaceAll('/', '.'), problem)
    })
  return faults.filter(
    (one, at) =>
      faults.findIndex(other => other.path === one.path && other.problem === one.problem) === at,
  )
}

function ruleFaults(rules: readonly PolicyRule[], revokerIds: readonly string[]): Fault[] {
  return rules.flatMap((rule, at) => [
    ...(revokerIds.includes(rule.revoker)
      ? []
      : [fault(`rules.${at}.revoker`, `is none of: ${revokerIds.join(', ')}`)]),
    ...(rules.findIndex(other => other.name === rule.name) === at
      ? []
      : [fault(`rules.${at}.name`, 'is the name of another rule')]),
  ])
}
