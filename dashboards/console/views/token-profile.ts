import type { TokenBaseline, TokenProfile } from '../../../src/api/schemas.ts'
import { columnChart, heatMap } from '../parts/charts.ts'
import { el } from '../parts/element.ts'
import {
  bytes,
  compact,
  count,
  networkWords,
  plural,
  timeAgo,
  tokenName,
  words,
} from '../parts/format.ts'
import {
  bar,
  empty,
  facts,
  mono,
  section,
  severityChip,
  stateChip,
  table,
} from '../parts/pieces.ts'
import { toIncident } from '../parts/route.ts'

type Learned = NonNullable<TokenBaseline['learned']>
type Usage = TokenBaseline['usage']

/** One token: what it is, what is usual for it, and how it is used. */
export function drawProfile(model: {
  readonly profile: TokenProfile
  readonly baseline: TokenBaseline
}): Node[] {
  const { profile, baseline } = model
  const { learned, usage } = baseline
  return [
    drawHead(profile),
    el(
      'div',
      { class: 'detail-body' },
      ...(profile.incidents.length === 0 ? [] : [drawIncidents(profile)]),
      learned === undefined
        ? section('What is usual', empty('Not learned here', 'Another process scores this token.'))
        : drawLearned(learned),
      section('Hours of the week, UTC', heatMap(usage.hourOfWeek)),
      drawDaily(usage, learned?.requestsPerDay),
      drawNetworks(usage),
      drawEndpoints(usage),
      drawNodes(usage),
    ),
  ]
}

function drawHead(profile: TokenProfile): HTMLElement {
  return el(
    'header',
    { class: 'detail-head' },
    el('a', { href: '#/tokens', class: 'back' }, '← All tokens'),
    el('h2', {}, mono(tokenName(profile))),
    facts([
      ['Credential', profile.credentialId ?? ''],
      ['Consumer', profile.consumer ?? ''],
      ['Application', profile.application ?? ''],
      ['Tenant', profile.tenant],
      ['Calls', count(profile.events)],
      ['Refused', count(profile.refused)],
      ['First seen', timeAgo(profile.firstTs)],
      ['Last seen', timeAgo(profile.lastTs)],
      ['Fingerprint', mono(profile.token)],
    ]),
  )
}

function drawIncidents({ incidents }: TokenProfile): HTMLElement {
  const rows = incidents.map(incident =>
    el(
      'li',
      {},
      severityChip(incident.severity),
      stateChip(incident.state),
      el('a', { href: toIncident(incident.id) }, incident.title),
      el('span', { class: 'muted' }, timeAgo(incident.lastTs)),
    ),
  )
  return section('Incidents', el('ul', { class: 'rows' }, ...rows))
}

function drawLearned(learned: Learned): HTMLElement {
  const band = (of: Learned['requestsPerDay'], show: (value: number) => string) =>
    `${show(of.low)} – ${show(of.high)}, typically ${show(of.typical)}`
  const surprises = Object.entries(learned.surprisesPerDay)
    .filter(([, perDay]) => perDay >= 0.005)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 6)
    .map(([name, perDay]) => `${words(name)} ${perDay.toFixed(2)}`)
  return section(
    'What is usual',
    facts([
      ['Calls in an active hour', band(learned.requestsPerHour, compact)],
      ['Calls in a day', band(learned.requestsPerDay, compact)],
      ['Bytes out in a day', band(learned.bytesPerDay, bytes)],
      ['Today', `${count(learned.today.requests)} calls, ${bytes(learned.today.bytes)}`],
      [
        'History',
        `${plural(Math.round(learned.activeDays), 'active day')}, ${plural(Math.round(learned.activeHours), 'active hour')}`,
      ],
      ['Novelties a day', surprises.join(' · ')],
    ]),
  )
}

function drawDaily({ daily }: Usage, usual: Learned['requestsPerDay'] | undefined): HTMLElement {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' })
  const columns = daily.map(({ dayMs, events, refused }) => ({
    label: day.format(dayMs),
    value: events,
    refused,
  }))
  return el(
    'section',
    { class: 'card' },
    el(
      'h3',
      {},
      `Calls by day, ${plural(daily.length, 'day')}`,
      usual !== undefined &&
        el('span', { class: 'legend' }, el('i', { class: 'key band' }), 'usual'),
    ),
    columnChart(columns, 'Calls by day', usual),
  )
}

const shareOf = (events: number, rows: readonly { readonly events: number }[]) =>
  events / Math.max(1, ...rows.map(row => row.events))

function drawNetworks({ networks }: Usage): HTMLElement {
  const rows = networks.map(network => [
    mono(network.prefix),
    networkWords(network),
    el(
      'span',
      { class: 'with-bar' },
      bar(shareOf(network.events, networks)),
      compact(network.events),
    ),
    compact(network.refused),
    timeAgo(network.firstTs),
    timeAgo(network.lastTs),
  ])
  return section(
    'Networks',
    table(['Prefix', 'Network', 'Calls', 'Refused', 'First', 'Last'], rows),
  )
}

function drawEndpoints({ endpoints }: Usage): HTMLElement {
  const rows = endpoints.map(endpoint => [
    mono(`${endpoint.method} ${endpoint.route}`),
    el(
      'span',
      { class: 'with-bar' },
      bar(shareOf(endpoint.events, endpoints)),
      compact(endpoint.events),
    ),
    compact(endpoint.refused),
    timeAgo(endpoint.firstTs),
    timeAgo(endpoint.lastTs),
  ])
  return section('Endpoints', table(['Endpoint', 'Calls', 'Refused', 'First', 'Last'], rows))
}

function drawNodes({ nodes }: Usage): HTMLElement {
  const rows = nodes.map(node => [
    [node.gateway, node.node].filter(part => part !== '').join(' / ') || 'unknown',
    node.client || 'unknown',
    compact(node.events),
    compact(node.refused),
    timeAgo(node.lastTs),
  ])
  return section(
    'Clients and gateway nodes',
    table(['Node', 'Client', 'Calls', 'Refused', 'Last'], rows),
  )
}
