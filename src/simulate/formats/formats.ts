import type { SimulatedCall } from '../simulated-call.ts'
import { renderKongRecord } from './kong-record.ts'
import { renderNginxLine } from './nginx-line.ts'
import { renderTokenwatchEvent } from './tokenwatch-event.ts'

/** Ways to write a call as one line, without the line feed. A new one is one file and one line here. */
export const logFormats: Readonly<Record<string, (call: SimulatedCall) => string>> = {
  tokenwatch: renderTokenwatchEvent,
  kong: renderKongRecord,
  nginx: renderNginxLine,
}
