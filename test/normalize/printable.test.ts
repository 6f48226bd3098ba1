import { expect, test } from 'vitest'
import { printable } from '../../src/normalize/printable.ts'

test.each([
  ['plain', 'plain'],
  ['naïve 東京 \u{1f600}', 'naïve 東京 \u{1f600}'],
  ['a\u0000b\u001b[2J\u007f\u009b', 'a?b?[2J??'],
  ['\u202eemca \u2066x\u2069 \u200f', '?emca ?x? ?'],
  ['line\u2028break', 'line?break'],
  ['half \ud800 \udfff and whole \u{1f600}', 'half ? ? and whole \u{1f600}'],
])('%j becomes %j', (text, fit) => {
  expect(printable(text)).toBe(fit)
  // The same text after a way through UTF-8, or a replay would score another one.
  expect(Buffer.from(printable(text)).toString()).toBe(fit)
})
