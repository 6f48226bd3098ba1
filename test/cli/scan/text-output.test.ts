import { expect, test } from 'vitest'
import type { ScanSummary } from '../../../src/cli/scan/scan-result.ts'
import { createTextOutput } from '../../../src/cli/scan/text-output.ts'

const nothing: ScanSummary = {
  records: 0,
  accepted: 0,
  rejected: 0,
  rejectedBy: {},
  formats: {},
  tokens: 0,
  addresses: 0,
  fromMs: undefined,
  toMs: undefined,
  findings: 0,
  findingsAll: 0,
  incidents: 0,
  tokenDays: 0,
}

function textOf(summary: Partial<ScanSummary>): string {
  let text = ''
  const output = createTextOutput(part => {
    text += part
  })
  output.end([], { ...nothing, ...summary })
  return text
}

test('a log that was judged and one that could not be are told apart', () => {
  expect(textOf({ records: 3, accepted: 3, tokens: 1, tokenDays: 1 })).toContain('stood out')
  expect(textOf({ records: 2, rejected: 2, rejectedBy: { unknown_format: 2 } })).toMatch(
    /unknown_format: 2.*Nothing could be judged/s,
  )
  expect(textOf({})).toContain('holds no record')
})

test('one of a thing is no plural', () => {
  const text = textOf({ records: 1, accepted: 1, tokens: 1, addresses: 1, tokenDays: 1 })
  expect(text).toContain('1 client address (')
  expect(text).toContain('0 incidents from 0 findings in 1 active token-day\n')
})
