import { el, svg } from './element.ts'
import { count } from './format.ts'

export interface Column {
  readonly label: string
  readonly value: number
  /** Part of the value that is shown in the color of trouble. */
  readonly refused: number
  /** A mark above the column. */
  readonly isMarked?: boolean
}

const HEIGHT = 64
const MARK_SPACE = 6

/** One column a step, oldest left: volume by hour or day, and the band that is usual. Hovering tells the numbers. */
export function columnChart(
  columns: readonly Column[],
  what: string,
  usual?: { readonly low: number; readonly high: number },
): HTMLElement {
  const highest = Math.max(1, usual?.high ?? 0, ...columns.map(({ value }) => value))
  const scale = (HEIGHT - MARK_SPACE) / highest
  const marks = columns.map((column, at) => {
    const height = column.value === 0 ? 0 : Math.max(1.5, column.value * scale)
    const refused = column.refused === 0 ? 0 : Math.max(1.5, column.refused * scale)
    const place = { x: at * 10 + 1, width: 8, rx: 1 }
    return svg(
      'g',
      {},
      svg('title', {}, `${column.label}: ${count(column.value)}, refused ${count(column.refused)}`),
      svg('rect', { x: at * 10, width: 10, y: 0, height: HEIGHT, class: 'hit' }),
      svg('rect', { ...place, y: HEIGHT - height, height, class: 'column' }),
      svg('rect', { ...place, y: HEIGHT - refused, height: refused, class: 'column refused' }),
      column.isMarked === true &&
        svg('rect', { x: at * 10 + 3, y: 0, width: 4, height: 3, class: 'column found' }),
    )
  })
  const width = Math.max(1, columns.length) * 10
  const band =
    usual !== undefined &&
    svg('rect', {
      x: 0,
      width,
      y: HEIGHT - usual.high * scale,
      height: Math.max(1, (usual.high - usual.low) * scale),
      class: 'band',
    })
  const total = columns.reduce((sum, { value }) => sum + value, 0)
  const label = `${what}: ${count(total)} in all, at most ${count(highest)} in one step`
  return el(
    'div',
    { class: 'chart' },
    svg(
      'svg',
      {
        viewBox: `0 0 ${width} ${HEIGHT}`,
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': label,
      },
      band,
      ...marks,
    ),
  )
}

/** The last values of a rate as a line. */
export function sparkLine(values: readonly number[], points: number): SVGElement {
  const highest = Math.max(1, ...values)
  const step = 100 / (points - 1)
  const start = 100 - (values.length - 1) * step
  const line = values.map(
    (value, at) => `${(start + at * step).toFixed(1)},${(26 - (value / highest) * 23).toFixed(1)}`,
  )
  return svg(
    'svg',
    { viewBox: '0 0 100 28', class: 'spark', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('polyline', { points: line.join(' '), 'vector-effect': 'non-scaling-stroke' }),
  )
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** When in the week a token is used, UTC: seven rows of twenty-four hours, darker is more. */
export function heatMap(hourOfWeek: readonly number[]): HTMLElement {
  const highest = Math.max(1, ...hourOfWeek)
  const cells = days.flatMap((day, row) => [
    svg('text', { x: 26, y: row * 15 + 11, 'text-anchor': 'end', class: 'axis' }, day),
    ...Array.from({ length: 24 }, (_, hour) => {
      const calls = hourOfWeek[row * 24 + hour] ?? 0
      // The square root: an hour with a tenth of the calls must still be seen.
      const strength = calls === 0 ? 0 : 0.12 + 0.88 * Math.sqrt(calls / highest)
      return svg(
        'rect',
        {
          x: 32 + hour * 15,
          y: row * 15,
          width: 13,
          height: 13,
          rx: 3,
          class: calls === 0 ? 'heat none' : 'heat',
          'fill-opacity': calls === 0 ? 1 : strength.toFixed(2),
        },
        svg('title', {}, `${day} ${String(hour).padStart(2, '0')}:00 UTC: ${count(calls)} calls`),
      )
    }),
  ])
  const hours = [0, 6, 12, 18].map(hour =>
    svg(
      'text',
      { x: 32 + hour * 15, y: 117, class: 'axis' },
      `${String(hour).padStart(2, '0')}:00`,
    ),
  )
  const busiest = hourOfWeek.indexOf(highest)
  const label =
    busiest < 0
      ? 'Hours of the week: no calls'
      : `Hours of the week, UTC; busiest ${days[Math.floor(busiest / 24)]} ${busiest % 24}:00`
  return el(
    'div',
    { class: 'heat-map' },
    svg('svg', { viewBox: '0 0 392 120', role: 'img', 'aria-label': label }, ...cells, ...hours),
  )
}
