import { parseAddress } from '../client-address.ts'
import type { TextFormat } from '../format.ts'

/** `host ident user [05/Jan/2026:09:00:01 +0000] "`, where the user may hold blanks in Apache. */
const head = /^(\S+) (\S+) (.{1,200}?) \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "/

/** Method, target and optional protocol; HTTP/0.9 has none, and a target may hold blanks. */
const requestLine = /^([A-Za-z][A-Za-z_-]{0,31}) (\S.*?)(?: HTTP\/\d(?:\.\d)?)?$/

/**
 * NGINX `combined`, Apache `common` and `combined`, and both with further fields behind: one of those
 * that holds addresses is taken for X-Forwarded-For.
 *
 * There is no credential in it. The user is whoever the client said it was, so it names the caller only
 * where the answer was not 401. A request line that is no HTTP (a TLS greeting on a plain port) has no
 * method and is rejected.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_log_module.html
 * @see https://httpd.apache.org/docs/2.4/logs.html
 */
export const nginxCombined: TextFormat = {
  kind: 'text',
  id: 'nginx-combined',

  claims: line => head.test(line.slice(0, 600)),

  read(line, draft) {
    const match = head.exec(line.slice(0, 600))
    if (match === null) return
    const [prefix, host, , user, time] = match
    const request = quotedAt(line, prefix.length)
    const [status = '', bytes = '', ...rest] = fieldsFrom(line, request.end)
    const [, method, target] = requestLine.exec(request.text) ?? []
    draft.gateway = 'nginx'
    draft.time = time
    draft.timeUnit = 'text'
    draft.socketAddress = host
    if (user !== '-' && status !== '401') draft.consumer = user
    draft.method = method
    draft.target = target
    draft.status = status
    draft.bytesOut = bytes
    // Referer, agent, and what an operator added.
    draft.userAgent = rest[1]
    draft.forwardedFor = rest.slice(2).find(isAddressList)
  },
}

/** The quoted text from `start` on; `\` escapes the next character, and a cut line ends it too. */
function quotedAt(line: string, start: number): { text: string; end: number } {
  let end = line.indexOf('"', start)
  while (end > start && isEscaped(line, end)) end = line.indexOf('"', end + 1)
  if (end < 0) end = line.length
  const text = line.slice(start, end)
  return { text: text.includes('\\') ? text.replaceAll('\\"', '"') : text, end: end + 1 }
}

/** An odd number of backslashes before a quote makes it part of the text. */
function isEscaped(line: string, at: number): boolean {
  let backslashes = 0
  while (line[at - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

const fieldsMax = 12

/** Fields separated by blanks, quoted or not. */
function fieldsFrom(line: string, start: number): string[] {
  const fields: string[] = []
  let at = start
  while (at < line.length && fields.length < fieldsMax) {
    if (line[at] === ' ') at += 1
    else if (line[at] === '"') {
      const { text, end } = quotedAt(line, at + 1)
      fields.push(text)
      at = end
    } else {
      const blank = line.indexOf(' ', at)
      const end = blank < 0 ? line.length : blank
      fields.push(line.slice(at, end))
      at = end
    }
  }
  return fields
}

function isAddressList(field: string): boolean {
  return field.split(',').some(part => parseAddress(part.trim()) !== undefined)
}
