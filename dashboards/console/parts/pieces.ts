import { el, svg } from './element.ts'
import { words } from './format.ts'

/** Small label with a color of its own; the words carry the meaning, not the color. */
export const chip = (tone: string, text: string) => el('span', { class: `chip ${tone}` }, text)

export const severityChip = (severity: string) => chip(`severity ${severity}`, words(severity))

export const stateChip = (state: string) => chip(`state ${state}`, words(state))

export const mono = (text: string) => el('code', {}, text)

/** A titled part of a page. */
export function section(title: string, ...children: (Node | string)[]): HTMLElement {
  return el('section', { class: 'card' }, el('h3', {}, title), ...children)
}

/** Share of a whole as a bar; the number stands beside it in text. */
export function bar(share: number, tone = ''): HTMLElement {
  const filled = el('span', { class: `bar-fill ${tone}` })
  filled.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10}%`
  return el('span', { class: 'bar', 'aria-hidden': 'true' }, filled)
}

const RING_RADIUS = 26
const RING_LENGTH = 2 * Math.PI * RING_RADIUS

/** Risk, 0 to 100, as a ring around its number. */
export function riskRing(risk: number, severity: string): HTMLElement {
  const length = (Math.min(100, Math.max(0, risk)) / 100) * RING_LENGTH
  const circle = { cx: 32, cy: 32, r: RING_RADIUS, fill: 'none', 'stroke-width': 6 }
  return el(
    'div',
    { class: `ring ${severity}`, role: 'img', 'aria-label': `Risk ${Math.round(risk)} of 100` },
    svg(
      'svg',
      { viewBox: '0 0 64 64', 'aria-hidden': 'true' },
      svg('circle', { ...circle, class: 'ring-track' }),
      svg('circle', {
        ...circle,
        class: 'ring-value',
        'stroke-linecap': 'round',
        'stroke-dasharray': `${length.toFixed(1)} ${RING_LENGTH.toFixed(1)}`,
        transform: 'rotate(-90 32 32)',
      }),
    ),
    el('strong', { 'aria-hidden': 'true' }, Math.round(risk)),
    el('span', { 'aria-hidden': 'true' }, 'risk'),
  )
}

/** Names and values, side by side. */
export function facts(rows: readonly (readonly [string, Node | string])[]): HTMLElement {
  const cells = rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))
  return el('dl', { class: 'facts' }, ...cells)
}

export function table(
  heads: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const head = el('tr', {}, ...heads.map(text => el('th', { scope: 'col' }, text)))
  const body = rows.map(cells => el('tr', {}, ...cells.map(cell => el('td', {}, cell))))
  return el(
    'div',
    { class: 'table' },
    el('table', {}, el('thead', {}, head), el('tbody', {}, ...body)),
  )
}

export const empty = (title: string, text: string) =>
  el('div', { class: 'empty' }, el('strong', {}, title), el('p', {}, text))
