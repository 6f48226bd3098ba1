import type { Action, NodeContainment } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { Notice } from './channel.ts'
import { plain } from './render-text.ts'

const types: Readonly<Record<Notice['kind'], string>> = {
  opened: 'incident.opened',
  severity_raised: 'incident.severity_raised',
  resolved: 'incident.resolved',
  false_positive: 'incident.false_positive',
  action_failed: 'action.failed',
  still_serving: 'token.still_serving',
  digest: 'digest.daily',
}

/**
 * The body of a Standard Webhook: type, time of the thing itself (not of the attempt), data. Same
 * text for every attempt. Below the 20 kB that receivers may count on.
 */
export function renderWebhook(notice: Notice, consoleUrl: string): string {
  return JSON.stringify({
    type: types[notice.kind],
    timestamp: isoTime(notice.atMs),
    data: dataOf(notice, consoleUrl),
  })
}

function dataOf(notice: Notice, consoleUrl: string) {
  if (notice.kind === 'digest') {
    const { top, ...numbers } = notice.digest
    return {
      ...numbers,
      top: top.map(({ id, severity, title }) => ({ id, severity, title: plain(title) })),
    }
  }
  const incident = incidentData(notice.incident, consoleUrl)
  if (!('action' in notice)) return { incident }
  return { incident, action: actionData(notice.action), node: nodeData(notice.node) }
}

const EVIDENCE_MAX = 6

function incidentData(incident: Incident, consoleUrl: string) {
  const { trigger } = incident
  return {
    id: incident.id,
    version: incident.version,
    state: incident.state,
    severity: incident.severity,
    risk: incident.risk,
    title: plain(incident.title),
    entity: incident.entity,
    token: incident.token,
    tokenHint: plain(incident.tokenHint),
    credentialId: incident.credentialId,
    consumer: incident.consumer,
    application: incident.application,
    tenant: incident.tenant,
    detectors: incident.detectors,
    evidence: incident.evidence.slice(0, EVIDENCE_MAX).map(piece => ({
      detector: piece.detector,
      observed: piece.observed,
      expected: piece.expected,
      surprise: piece.surprise,
      values: piece.values.map(plain),
      text: plain(piece.text),
    })),
    trigger: { ...trigger, client: plain(trigger.client), route: plain(trigger.route) },
    findingCount: incident.findingCount,
    firstSeen: isoTime(incident.firstTs),
    lastSeen: isoTime(incident.lastTs),
    actor: incident.actor,
    note: plain(incident.note),
    ...(consoleUrl !== '' && { url: `${consoleUrl}/#/incidents/${incident.id}` }),
  }
}

const actionData = ({ id, kind, state, revoker, attempts, lastOutcome, reason }: Action) => ({
  id,
  kind,
  state,
  revoker,
  attempts,
  lastOutcome,
  reason: plain(reason),
})

const nodeData = (node: NodeContainment | undefined) =>
  node && { gateway: node.gateway, node: node.node, servedAfterCount: node.servedAfterCount }

const isoTime = (ms: number) => new Date(ms).toISOString()
