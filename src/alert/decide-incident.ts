import { createHash } from 'node:crypto'
import { type Evidence, type Finding, type Severity, severities } from '../domain/finding.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'

/** What the domain promises of an incident's lists. */
const EVIDENCE_MAX = 12
const FINDING_IDS_MAX = 200
const TITLE_LENGTH_MAX = 140
/** Detectors named in a title: more is a list, not a title. */
const TITLE_DETECTORS_MAX = 3

export const isActive = ({ state }: Incident) => state === 'open' || state === 'acknowledged'

/**
 * What a finding does to the incidents of its token: opens one, joins one, or nothing.
 *
 * It joins the newest active incident whose findings it is within `groupingWindowMs` of, in event
 * time. A finding below the alert budget, or one that an incident has counted already, does nothing:
 * findings may be delivered any number of times, in any batches.
 *
 * @param known - incidents of the finding's token, active and closed
 * @param options.atMs - wall clock, ms since epoch
 */
export function decideIncident(
  finding: Finding,
  known: readonly Incident[],
  options: { readonly groupingWindowMs: number; readonly atMs: number },
): IncidentEvent | undefined {
  if (!finding.isAlert || known.some(incident => hasCounted(incident, finding))) return undefined
  const current = known
    .filter(incident => isActive(incident) && isNear(incident, finding, options.groupingWindowMs))
    .reduce<Incident | undefined>(
      (newest, incident) => (newest && newest.lastTs >= incident.lastTs ? newest : incident),
      undefined,
    )
  const incident =
    current === undefined
      ? openIncident(finding, options.atMs)
      : extendIncident(current, finding, options.atMs)
  const kind = current === undefined ? 'opened' : 'finding_added'
  return { id: incidentEventId(incident), atMs: options.atMs, kind, incident }
}

/** Deterministic, and without a full stop: it is also the id of the webhook that tells of it. */
export const incidentEventId = ({ id, version }: Pick<Incident, 'id' | 'version'>) =>
  `${id}-${version}`

/** The worse of two severities. */
const worstSeverity = (one: Severity, other: Severity) =>
  severities.indexOf(one) >= severities.indexOf(other) ? one : other

/**
 * Ids are exact until the list is full. Beyond that, a finding that lies in the incident's past and
 * would raise nothing is taken for a repeat: at worst one of more than 200 findings goes uncounted.
 */
export function hasCounted(incident: Incident, finding: Finding): boolean {
  if (incident.findingIds.includes(finding.id)) return true
  const isTrimmed = incident.findingCount > incident.findingIds.length
  return (
    isTrimmed &&
    finding.ts <= incident.lastTs &&
    finding.risk <= incident.risk &&
    worstSeverity(incident.severity, finding.severity) === incident.severity
  )
}

const isNear = (incident: Incident, { ts }: Finding, windowMs: number) =>
  ts >= incident.firstTs - windowMs && ts <= incident.lastTs + windowMs

function openIncident(finding: Finding, atMs: number): Incident {
  const evidence = strongestEvidence(finding.evidence)
  return {
    id: `inc_${hash(`${finding.token} ${finding.id}`)}`,
    entity: finding.entity,
    token: finding.token,
    tokenHint: finding.tokenHint,
    credentialId: finding.credentialId,
    consumer: finding.consumer,
    application: finding.application,
    tenant: finding.tenant,
    state: 'open',
    severity: finding.severity,
    risk: finding.risk,
    surprise: finding.surprise,
    title: titleOf(finding, evidence),
    detectors: detectorsOf(evidence, finding.detectors),
    evidence,
    trigger: finding.trigger,
    findingIds: [finding.id],
    findingCount: 1,
    firstTs: finding.ts,
    lastTs: finding.ts,
    openedMs: atMs,
    updatedMs: atMs,
    actor: '',
    note: '',
    version: 1,
  }
}

/** Severity, risk and surprise only rise; the trigger is the call of the strongest finding. */
function extendIncident(incident: Incident, finding: Finding, atMs: number): Incident {
  const evidence = strongestEvidence([...incident.evidence, ...finding.evidence])
  // A refused call no longer says whose key it carried: the hint is that of the first named finding.
  const isNamed = incident.credentialId !== undefined || incident.consumer !== undefined
  const { tokenHint } = isNamed ? incident : finding
  return {
    ...incident,
    tokenHint,
    credentialId: incident.credentialId ?? finding.credentialId,
    consumer: incident.consumer ?? finding.consumer,
    application: incident.application ?? finding.application,
    severity: worstSeverity(incident.severity, finding.severity),
    risk: Math.max(incident.risk, finding.risk),
    surprise: Math.max(incident.surprise, finding.surprise),
    title: titleOf({ ...incident, tokenHint }, evidence),
    detectors: detectorsOf(evidence, [...incident.detectors, ...finding.detectors]),
    evidence,
    trigger: finding.surprise > incident.surprise ? finding.trigger : incident.trigger,
    findingIds: [...incident.findingIds, finding.id].slice(-FINDING_IDS_MAX),
    findingCount: incident.findingCount + 1,
    firstTs: Math.min(incident.firstTs, finding.ts),
    lastTs: Math.max(incident.lastTs, finding.ts),
    updatedMs: atMs,
    version: incident.version + 1,
  }
}

function strongestEvidence(pieces: readonly Evidence[]): Evidence[] {
  const strongest = new Map<string, Evidence>()
  for (const piece of pieces) {
    const held = strongest.get(piece.detector)
    if (held === undefined || piece.contribution > held.contribution) {
      strongest.set(piece.detector, piece)
    }
  }
  return [...strongest.values()]
    .sort((one, other) => other.contribution - one.contribution)
    .slice(0, EVIDENCE_MAX)
}

const detectorsOf = (evidence: readonly Evidence[], named: readonly string[]) => [
  ...new Set([
    ...evidence.filter(({ contribution }) => contribution > 0).map(({ detector }) => detector),
    ...named,
  ]),
]

/** Who, and what is strange about it: `Token sk_live_… (acme): new network AS64500, new country DE`. */
function titleOf(
  { entity, tokenHint, tenant }: Pick<Finding, 'entity' | 'tokenHint' | 'tenant'>,
  evidence: readonly Evidence[],
): string {
  const what = evidence
    .slice(0, TITLE_DETECTORS_MAX)
    .map(({ detector, values }) => [detector.replaceAll('-', ' '), ...values.slice(0, 1)].join(' '))
    .join(', ')
  const who = entity === 'address' ? 'Address' : 'Token'
  return `${who} ${tokenHint} (${tenant}): ${what}`.slice(0, TITLE_LENGTH_MAX)
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24)
