import type { IncidentDetail, IncidentSummary } from '../../../src/api/schemas.ts'
import { ifKnown } from '../parts/api-client.ts'
import type { Context, Page } from '../parts/context.ts'
import { el } from '../parts/element.ts'
import { plural, timeAgo } from '../parts/format.ts'
import { createPanel } from '../parts/panel.ts'
import { empty, mono, severityChip, stateChip } from '../parts/pieces.ts'
import { type Poll, startPoll } from '../parts/poll.ts'
import { toIncident } from '../parts/route.ts'
import { createIncidentView } from './incident.ts'

const EVERY_MS = 2_000
const LIST_MAX = 200
const wide = matchMedia('(min-width: 1000px)')

interface ListModel {
  readonly incidents: readonly IncidentSummary[]
  readonly selected: string | undefined
}

/** Incidents on the left, the chosen one on the right. */
export function createIncidentsPage(context: Context): Page {
  const list = createPanel(el('ol', { class: 'incidents' }), drawList)
  const detail = createIncidentView(context, () => poll?.refresh())
  const filter = el(
    'select',
    { 'aria-label': 'Which incidents', onchange: () => poll?.refresh() },
    el('option', { value: 'active' }, 'Open and acknowledged'),
    el('option', { value: '' }, 'All'),
  )
  const node = el(
    'div',
    { class: 'split' },
    el(
      'section',
      { class: 'side', 'aria-label': 'Incidents' },
      el('div', { class: 'side-head' }, el('h2', {}, 'Incidents'), filter),
      list.node,
    ),
    detail.node,
  )
  let chosen: string | undefined
  /** The most urgent one when nobody chose: it stays, also when it is no longer the most urgent. */
  let offered: string | undefined
  let poll: Poll | undefined

  async function refresh() {
    const state = filter.value === '' ? '' : `state=${filter.value}&`
    const { incidents } = await context.client.get<{ incidents: readonly IncidentSummary[] }>(
      `/v1/incidents?${state}limit=${LIST_MAX}`,
    )
    const sorted = [...incidents].sort(byUrgency)
    if (offered === undefined && wide.matches) offered = sorted[0]?.id
    const selected = chosen ?? offered
    list.update({ incidents: sorted.map(withoutClock), selected })
    if (selected === undefined) detail.clear()
    else await showDetail(selected)
  }

  async function showDetail(id: string) {
    const path = `/v1/incidents/${encodeURIComponent(id)}`
    const found = await ifKnown(context.client.get<IncidentDetail>(path))
    // Whoever chose another one meanwhile must not see this one come back.
    if ((chosen ?? offered) !== id) return
    if (found === undefined) detail.clear()
    else detail.update(found)
  }

  return {
    node,
    show(route) {
      chosen = route.page === 'incidents' ? route.id : undefined
      node.classList.toggle('has-choice', chosen !== undefined)
      if (poll === undefined) poll = startPoll(refresh, EVERY_MS)
      else poll.refresh()
    },
    hide() {
      poll?.stop()
      poll = undefined
    },
  }
}

const stateOrder = ['open', 'acknowledged', 'resolved', 'false_positive']
const severityOrder = ['critical', 'high', 'medium', 'low']

/** Open before closed, severe before light, new before old. */
const byUrgency = (a: IncidentSummary, b: IncidentSummary) =>
  stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) ||
  severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) ||
  b.lastTs - a.lastTs

/** Only what the list shows, so that it is drawn again only when that changes. */
const withoutClock = (incident: IncidentSummary): IncidentSummary => ({ ...incident, updatedMs: 0 })

function drawList({ incidents, selected }: ListModel): Node[] {
  if (incidents.length === 0) {
    const text = 'tokenwatch learns what is usual for each token and tells you when that changes.'
    return [el('li', {}, empty('All quiet', text))]
  }
  return incidents.map(incident => {
    const isSelected = incident.id === selected
    return el(
      'li',
      {},
      el(
        'a',
        {
          href: toIncident(incident.id),
          class: `incident ${incident.severity} ${incident.state}`,
          'aria-current': isSelected ? 'true' : undefined,
          'data-focus': incident.id,
        },
        el(
          'span',
          { class: 'incident-top' },
          severityChip(incident.severity),
          incident.state !== 'open' && stateChip(incident.state),
          el(
            'span',
            { class: 'incident-risk', title: 'Risk, 0 to 100' },
            Math.round(incident.risk),
          ),
        ),
        el('strong', {}, incident.title),
        el(
          'span',
          { class: 'incident-foot' },
          mono(incident.tokenHint),
          el('span', {}, incident.tenant),
          el('span', {}, plural(incident.findingCount, 'finding')),
          timeAgo(incident.lastTs),
        ),
      ),
    )
  })
}
