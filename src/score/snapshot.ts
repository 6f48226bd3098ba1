import type { Stream } from '../domain/source-position.ts'
import type { BaselineSnapshot } from '../domain/token-baseline.ts'
import type { ScoreContext } from './context.ts'
export function takeSnapshot(
  _context: ScoreContext,
  _stream: Stream,
  _changed: Set<number>,
  _all: boolean,
): BaselineSnapshot {
  throw new Error('todo')
}
export function restoreSnapshot(_context: ScoreContext, _snapshot: BaselineSnapshot): void {
  throw new Error('todo')
}
