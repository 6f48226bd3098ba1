const isControl = (code: number) => code < 0x20 || (code >= 0x7f && code <= 0x9f)

/**
 * A text without control characters, which a log line may carry into a terminal or a mail: each
 * becomes `?`. Returns the same string where there is none.
 */
export function printable(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    if (isControl(text.charCodeAt(i))) return replaceControls(text)
  }
  return text
}

function replaceControls(text: string): string {
  return [...text].map(char => (isControl(char.codePointAt(0) ?? 0) ? '?' : char)).join('')
}
