import type { Incident } from '../domain/incident.ts'
import type { ActionNotice, IncidentNotice } from './channel.ts'
import { noticeWords, plain, renderTime } from './render-text.ts'

/** What every rendering of an incident says: built once, written as text, HTML or a list. */
export interface IncidentFacts {
  readonly headline: string
  /** Only when an action is what the notice is about. */
  readonly warning: string | undefined
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly reasons: readonly {
    readonly share: string
    readonly text: string
    readonly history: string
  }[]
  readonly link: string | undefined
}

/** @param consoleUrl - empty when there is no console to link to */
export function renderIncidentFacts(
  notice: IncidentNotice | ActionNotice,
  consoleUrl: string,
): IncidentFacts {
  const { incident } = notice
  return {
    headline: `${noticeWords[notice.kind]}: ${plain(incident.title)}`,
    warning: 'action' in notice ? actionWarning(notice) : undefined,
    facts: factsOf(incident),
    reasons: reasonsOf(incident),
    link: consoleUrl === '' ? undefined : `${consoleUrl}/#/incidents/${incident.id}`,
  }
}

function actionWarning({ kind, action, node }: ActionNotice): string {
  if (kind === 'action_failed') {
    return `The ${action.kind} by ${action.revoker} failed after ${action.attempts} attempts (${plain(action.lastOutcome)}): the token works on. Stop it at the gateway by hand.`
  }
  const where = node === undefined ? '' : ` on ${plain(node.gateway)} ${plain(node.node)}`.trimEnd()
  const served =
    node?.lastServedMs === undefined
      ? ''
      : ` ${node.servedAfterCount} calls were answered, the last at ${renderTime(node.lastServedMs)}.`
  return `The ${action.kind} did not take effect${where}.${served}`
}

function factsOf(incident: Incident): [string, string][] {
  const { trigger } = incident
  const network = [
    trigger.ip,
    trigger.asn === 0 ? '' : `AS${trigger.asn}`,
    trigger.country,
    trigger.networkType === 'unknown' ? '' : trigger.networkType,
  ]
  const call = [trigger.method, trigger.route, String(trigger.status)]
  const all: [string, string | undefined][] = [
    ['Severity', `${incident.severity}, risk ${Math.round(incident.risk)} of 100`],
    ['State', incident.state.replaceAll('_', ' ')],
    ['Token', incident.tokenHint],
    ['Credential', incident.credentialId],
    ['Consumer', incident.consumer],
    ['Application', incident.application],
    ['Tenant', incident.tenant],
    ['Seen', `${renderTime(incident.firstTs)} to ${renderTime(incident.lastTs)}`],
    ['From', network.filter(part => part !== '').join(' ')],
    ['Client', trigger.client],
    ['Call', call.join(' ')],
    ['Gateway', `${trigger.gateway} ${trigger.node}`],
    ['By', incident.actor],
    ['Note', incident.note],
  ]
  return all.flatMap(([name, value]): [string, string][] => {
    const shown = plain(value ?? '')
    return shown === '' ? [] : [[name, shown]]
  })
}

/** Evidence with the share that it has in the score, so that the reader knows what weighs. */
function reasonsOf({ evidence }: Incident) {
  const total = evidence.reduce((sum, { contribution }) => sum + contribution, 0)
  return evidence.map(({ text, history, contribution }) => ({
    share: total > 0 ? `${Math.round((100 * contribution) / total)} %` : '–',
    text: plain(text),
    history: plain(history),
  }))
}
