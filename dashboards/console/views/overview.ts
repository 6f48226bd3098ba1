import type { Stats, TrafficHour } from '../../../src/api/schemas.ts'
import { columnChart, sparkLine } from '../parts/charts.ts'
import { el } from '../parts/element.ts'
import { compact, count, plural } from '../parts/format.ts'
import { createPanel } from '../parts/panel.ts'

const RATES_SHOWN = 60

/** The live counters at the top of every page. */
export function createOverview() {
  const rates: number[] = []
  const demo = createPanel(el('div', { class: 'demo-slot', 'aria-live': 'polite' }), drawDemo)
  const tiles = createPanel(el('section', { class: 'tiles', 'aria-label': 'Counters' }), drawTiles)
  const traffic = createPanel(el('section', { class: 'card traffic' }), drawTraffic)
  return {
    nodes: [demo.node, el('div', { class: 'overview' }, tiles.node, traffic.node)],
    update(stats: Stats) {
      rates.push(stats.eventsPerSecond)
      if (rates.length > RATES_SHOWN) rates.shift()
      demo.update(stats.demo?.phase ?? '')
      tiles.update({ stats: withoutClock(stats), rates })
    },
    updateTraffic: (hours: readonly TrafficHour[]) => traffic.update(hours),
  }
}

const withoutClock = ({ nowMs: _, ...stats }: Stats) => stats

function drawDemo(phase: string): Node[] {
  if (phase === '') return []
  const text = el('p', {}, phase)
  return [el('div', { class: 'demo', role: 'note' }, el('strong', {}, 'Demo'), text)]
}

function drawTiles(model: {
  readonly stats: Omit<Stats, 'nowMs'>
  readonly rates: readonly number[]
}): Node[] {
  const { stats, rates } = model
  const rejected = stats.rejects.reduce((sum, reject) => sum + reject.count, 0)
  const down = stats.dependencies.filter(({ isHealthy }) => !isHealthy)
  const state =
    down.length === 0
      ? plural(stats.streams.length, 'stream')
      : `${down.map(({ name }) => name).join(', ')} down`
  return [
    tile('Events since start', count(stats.eventsStored), {
      detail: `${compact(stats.eventsPerSecond)} per second`,
      drawing: sparkLine(rates, RATES_SHOWN),
      name: 'events',
    }),
    tile('Open incidents', count(stats.openIncidents), {
      detail: stats.openIncidents === 0 ? 'all quiet' : 'to look at',
      tone: stats.openIncidents === 0 ? '' : 'alarm',
      name: 'incidents',
    }),
    tile('Tokens', count(stats.tokens), { detail: 'baselines', name: 'tokens' }),
    tile('Rejected', compact(rejected), {
      title: 'Records that could not be read, since this process started',
      detail: rejected === 0 ? 'no record' : plural(stats.rejects.length, 'reason'),
      name: 'rejects',
    }),
    tile('Pipeline', down.length === 0 ? 'Healthy' : 'At fault', {
      detail: state,
      tone: down.length === 0 ? 'calm' : 'alarm',
      name: 'pipeline',
    }),
  ]
}

function tile(
  label: string,
  value: string,
  options: {
    readonly detail: string
    readonly name: string
    /** More words, on hover. */
    readonly title?: string
    readonly tone?: string
    readonly drawing?: Node
  },
): HTMLElement {
  const { detail, name, title, tone = '', drawing } = options
  return el(
    'div',
    { class: `tile ${tone}`, 'data-counter': name, title },
    el('span', { class: 'tile-label' }, label),
    el('strong', { class: 'tile-value' }, value),
    el('span', { class: 'tile-detail' }, detail),
    drawing,
  )
}

function drawTraffic(hours: readonly TrafficHour[]): Node[] {
  const clock = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit' })
  const columns = hours.map(hour => ({
    label: clock.format(hour.hourMs),
    value: hour.events,
    refused: hour.refused,
    isMarked: hour.findings > 0,
  }))
  const findings = hours.reduce((sum, hour) => sum + hour.findings, 0)
  return [
    el(
      'h3',
      {},
      `Calls, last ${hours.length} hours`,
      el(
        'span',
        { class: 'legend' },
        el('i', { class: 'key column' }),
        'answered',
        el('i', { class: 'key refused' }),
        'refused',
        el('i', { class: 'key found' }),
        plural(findings, 'finding'),
      ),
    ),
    columnChart(columns, 'Calls by hour'),
  ]
}
