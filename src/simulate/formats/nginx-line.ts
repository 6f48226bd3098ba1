import type { SimulatedCall } from '../simulated-call.ts'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A line of NGINX's `combined` format; the consumer stands as user, the key nowhere. */
export function renderNginxLine(call: SimulatedCall): string {
  const request = `${call.method} ${call.path} HTTP/1.1`
  const user = call.consumer ?? '-'
  return `${call.ip} - ${user} [${localTime(call.tsMs)}] "${request}" ${call.status} ${call.bytesOut} "-" "${call.userAgent}"`
}

/** `05/Jan/2026:09:00:01 +0000`. */
function localTime(tsMs: number): string {
  const iso = new Date(tsMs).toISOString()
  const month = months[Number(iso.slice(5, 7)) - 1]
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
}
