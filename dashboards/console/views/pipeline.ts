import type { Stats } from '../../../src/api/schemas.ts'
import type { Page } from '../parts/context.ts'
import { el } from '../parts/element.ts'
import { count, plural, timeAgo, words } from '../parts/format.ts'
import { createPanel } from '../parts/panel.ts'
import { bar, empty, mono, section, table } from '../parts/pieces.ts'

/** Whether the log comes in and is understood. Drawn from the live counters. */
export function createPipelinePage(): Page & { update(stats: Stats): void } {
  const panel = createPanel(el('div', { class: 'grid' }), (stats: Stats) => [
    drawDependencies(stats),
    drawStreams(stats),
    drawFormats(stats),
    drawRejects(stats),
  ])
  let isShown = false
  let last: Stats | undefined
  return {
    node: panel.node,
    show() {
      isShown = true
      if (last !== undefined) panel.update(last)
    },
    hide() {
      isShown = false
    },
    update(stats) {
      // The server's clock differs with each answer and is not shown.
      last = { ...stats, nowMs: 0, eventsPerSecond: 0, eventsStored: 0 }
      if (isShown) panel.update(last)
    },
  }
}

function drawDependencies({ dependencies, version, startedMs }: Stats): HTMLElement {
  const rows = dependencies.map(({ name, isHealthy, detail, sinceMs }) =>
    el(
      'li',
      { class: isHealthy ? 'up' : 'down' },
      el('span', { class: 'mark', 'aria-hidden': 'true' }),
      el('strong', {}, name),
      el('span', {}, isHealthy ? 'Up' : 'Down'),
      el('span', { class: 'muted' }, `${detail} · last change `, timeAgo(sinceMs)),
    ),
  )
  return section(
    'Dependencies',
    el('ul', { class: 'nodes' }, ...rows),
    el('p', { class: 'muted small' }, `tokenwatch ${version}, started `, timeAgo(startedMs)),
  )
}

function drawStreams({ streams }: Stats): HTMLElement {
  if (streams.length === 0) return section('Streams', empty('No stream', 'No log comes in yet.'))
  const rows = streams.map(stream => [
    mono(stream.source),
    String(stream.partition),
    stream.watermark < 0 ? 'none' : count(stream.watermark),
    count(stream.bufferedEvents),
    stream.lagRecords === undefined ? '–' : count(stream.lagRecords),
  ])
  const heads = ['Source', 'Partition', 'Stored up to', 'Buffered', 'Lag']
  return section('Streams', table(heads, rows))
}

function drawFormats({ formats }: Stats): HTMLElement {
  if (formats.length === 0) return section('Formats', empty('No format', 'No record was read yet.'))
  const rows = formats.map(({ source, format, records }) => [mono(source), format, count(records)])
  return section('Formats', table(['Source', 'Format', 'Records'], rows))
}

function drawRejects({ rejects }: Stats): HTMLElement {
  if (rejects.length === 0) {
    return section('Rejected records', empty('None', 'Every record became an event.'))
  }
  const most = Math.max(...rejects.map(reject => reject.count))
  const rows = rejects.map(reject => [
    words(reject.reason),
    el('span', { class: 'with-bar' }, bar(reject.count / most, 'high'), count(reject.count)),
  ])
  return section(
    `Rejected records, ${plural(rejects.length, 'reason')}`,
    table(['Reason', 'Records'], rows),
  )
}
