const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code <= 0x9f)

/** Line and paragraph separators, and marks that turn the direction of writing: what follows reads as another text. */
const turnsText = (code: number) =>
  (code >= 0x2028 && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069) ||
  code === 0x200e ||
  code === 0x200f ||
  code === 0x061c

/** Half of a pair: no UTF-8 has it, so what is stored would differ from what was scored. */
const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff

const isUnfit = (code: number) => isControl(code) || turnsText(code) || isSurrogate(code)

/**
 * A text without control characters and the like, which a log line may carry into a terminal or a mail:
 * each becomes `?`. Returns the same string where there is none.
 */
export function printable(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code >= 0x7f && isUnfit(code))) return replaceUnfit(text)
  }
  return text
}

/** By code points: of a whole pair no half is seen. */
function replaceUnfit(text: string): string {
  return [...text].map(char => (isUnfit(char.codePointAt(0) ?? 0) ? '?' : char)).join('')
}
