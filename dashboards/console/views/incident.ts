import type { Incident, IncidentDetail, IncidentStep } from '../../../src/api/schemas.ts'
import { attempt, type Context } from '../parts/context.ts'
import { el } from '../parts/element.ts'
import { networkWords, plural, timeAgo, words } from '../parts/format.ts'
import { createPanel } from '../parts/panel.ts'
import {
  chip,
  empty,
  facts,
  mono,
  riskRing,
  section,
  severityChip,
  stateChip,
} from '../parts/pieces.ts'
import { toToken } from '../parts/route.ts'
import { drawEvidence } from './evidence.ts'
import { drawResponse } from './response.ts'

/** One incident. The note is kept apart from what is drawn again, so that typing is never lost. */
export function createIncidentView(context: Context, onChange: () => void) {
  let shown: string | undefined
  const head = createPanel(el('header', { class: 'detail-head' }), drawHead)
  const body = createPanel(el('div', { class: 'detail-body' }), (detail: IncidentDetail) => [
    drawEvidence(detail.incident),
    drawResponse(detail, context, onChange),
    drawTrigger(detail.incident),
    el('div', { class: 'pair' }, drawHistory(detail.history), drawDeliveries(detail)),
  ])
  const note = el('input', {
    type: 'text',
    name: 'note',
    maxlength: 500,
    placeholder: 'Note (optional)',
    'aria-label': 'Note',
    autocomplete: 'off',
  })
  const buttons = createPanel(el('div', { class: 'buttons' }), ({ state }: { state: string }) => [
    ...(state === 'open' ? [button('Acknowledge', 'acknowledge', 'primary')] : []),
    ...(state === 'open' || state === 'acknowledged'
      ? [button('Resolve', 'resolve', ''), button('False positive', 'false-positive', '')]
      : []),
  ])
  const decide = el('div', { class: 'decide' }, note, buttons.node)
  const nothing = empty('No incident to show', 'Choose one from the list to see why it was raised.')
  const node = el('article', { class: 'detail', 'aria-label': 'Incident' }, nothing)

  function button(label: string, verb: string, tone: string) {
    const onclick = () =>
      attempt(context, async () => {
        if (shown === undefined) return
        const path = `/v1/incidents/${encodeURIComponent(shown)}/${verb}`
        const { state } = await context.client.post<Incident>(path, { note: note.value })
        note.value = ''
        context.say(`Incident is now: ${words(state).toLowerCase()}.`)
        onChange()
      })
    return el('button', { type: 'button', class: tone, onclick, 'data-focus': verb }, label)
  }

  return {
    node,
    update(detail: IncidentDetail) {
      const { incident } = detail
      if (shown !== incident.id) {
        shown = incident.id
        note.value = ''
        node.replaceChildren(head.node, decide, body.node)
        node.scrollTop = 0
      }
      head.update(incident)
      buttons.update({ state: incident.state })
      decide.hidden = incident.state === 'resolved' || incident.state === 'false_positive'
      body.update(detail)
    },
    clear() {
      if (shown === undefined) return
      shown = undefined
      node.replaceChildren(nothing)
    },
  }
}

function drawHead(incident: Incident): Node[] {
  const { credentialId, consumer, application } = incident
  const owner = [consumer, application, incident.tenant].filter(name => name !== undefined)
  return [
    el('a', { href: '#/incidents', class: 'back' }, '← All incidents'),
    el(
      'div',
      { class: 'detail-title' },
      el(
        'div',
        {},
        el('div', { class: 'chips' }, severityChip(incident.severity), stateChip(incident.state)),
        el('h2', {}, incident.title),
        el(
          'p',
          { class: 'muted' },
          el('a', { href: toToken(incident.token) }, mono(incident.tokenHint)),
          credentialId === undefined ? '' : ` · ${credentialId}`,
          ` · ${owner.join(' · ')}`,
        ),
        el(
          'p',
          { class: 'muted' },
          `${plural(incident.findingCount, 'finding')}, first `,
          timeAgo(incident.firstTs),
          ', last ',
          timeAgo(incident.lastTs),
        ),
        incident.note !== '' &&
          el('p', { class: 'note' }, `${incident.actor || 'Note'}: ${incident.note}`),
      ),
      riskRing(incident.risk, incident.severity),
    ),
  ]
}

function drawTrigger({ trigger, entity }: Incident): HTMLElement {
  const { asn, country, networkType } = trigger
  return section(
    'The call that raised it',
    facts([
      ['From', mono(trigger.ip)],
      ['Network', networkWords({ asn, country, networkType })],
      ['Prefix', mono(trigger.prefix)],
      ['Client', trigger.client],
      ['Request', mono(`${trigger.method} ${trigger.route}`)],
      ['Answer', trigger.status === 0 ? '' : String(trigger.status)],
      ['Gateway', [trigger.gateway, trigger.node].filter(part => part !== '').join(' / ')],
      ['Recognized by', entity === 'address' ? 'client address: the log carries no token' : ''],
    ]),
  )
}

function drawHistory(steps: readonly IncidentStep[]): HTMLElement {
  const rows = steps.map(step =>
    el(
      'li',
      {},
      el('strong', {}, words(step.kind)),
      el('span', {}, ` · risk ${Math.round(step.risk)}, ${plural(step.findingCount, 'finding')}`),
      step.actor !== '' && el('span', {}, ` · by ${step.actor}`),
      el('span', { class: 'muted' }, ' · ', timeAgo(step.atMs)),
      step.note !== '' && el('p', { class: 'note' }, step.note),
    ),
  )
  return section('History', el('ol', { class: 'timeline' }, ...rows))
}

function drawDeliveries({ deliveries }: IncidentDetail): HTMLElement {
  if (deliveries.length === 0) {
    return section('Alerts sent', el('p', { class: 'muted' }, 'None: no channel is set up for it.'))
  }
  const rows = deliveries.map(delivery =>
    el(
      'li',
      {},
      chip(`outcome ${delivery.outcome}`, words(delivery.outcome)),
      el('strong', {}, words(delivery.channel)),
      el('span', { class: 'muted' }, ` attempt ${delivery.attempt} · ${delivery.detail} · `),
      timeAgo(delivery.atMs),
    ),
  )
  return section('Alerts sent', el('ul', { class: 'rows' }, ...rows))
}
