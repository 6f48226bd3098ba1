import { counted } from '../../baseline/counted.ts'
import type { CountDetector } from '../detector.ts'

/**
 * Refusals on endpoints that the token had never called: reconnaissance of admin and scope borders.
 * Evaded by trying known endpoints only. Wrong on a broken deploy, which its siblings share.
 */
export const probing: CountDetector = {
  kind: 'count',
  id: 'probing',
  family: 'failure',
  isBursty: false,
  noun: 'refused calls (4xx) of endpoints new to this token',
  counts: counted.probe,
  clumpLogSd: undefined,
  countMin: 1,
  valueOf: ({ method, route }) => `${method} ${route}`,
}
