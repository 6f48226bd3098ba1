import type { Evidence, Incident } from '../../../src/api/schemas.ts'
import { el } from '../parts/element.ts'
import { words } from '../parts/format.ts'
import { bar, section } from '../parts/pieces.ts'

/** Why: what was expected, what was seen, and how much each reason weighs. */
export function drawEvidence({ evidence, severity }: Incident): HTMLElement {
  const total = evidence.reduce((sum, { contribution }) => sum + contribution, 0)
  const reasons = evidence.map(piece => drawPiece(piece, total, severity))
  return section('Why', el('ol', { class: 'evidence' }, ...reasons))
}

function drawPiece(piece: Evidence, total: number, severity: string): HTMLElement {
  const share = total > 0 ? piece.contribution / total : 0
  return el(
    'li',
    {},
    el(
      'div',
      { class: 'evidence-head' },
      el('strong', {}, words(piece.detector)),
      bar(share, severity),
      el('span', { class: 'share' }, `${Math.round(share * 100)} %`),
    ),
    el('p', { class: 'evidence-text' }, piece.text),
    piece.values.length > 0 &&
      el(
        'p',
        { class: 'values' },
        ...piece.values.map(value => el('code', { class: 'value' }, value)),
      ),
    el('p', { class: 'muted small' }, piece.history),
  )
}
