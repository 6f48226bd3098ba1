import type { PlantedSecret } from './planted-secrets.ts'

/** One API call in which a secret stands; what a place does not touch is ordinary. */
interface PlantedCall {
  readonly tsMs: number
  readonly ip: string
  /** Path and query, or an absolute URL. */
  readonly target: string
  readonly userAgent: string
  readonly headers: Readonly<Record<string, string>>
  /** Fields that no format knows. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** A record with a secret in it. */
export interface PlantedRecord {
  readonly format: string
  readonly place: string
  readonly secret: PlantedSecret
  readonly line: string
}

type Changes = Partial<Pick<PlantedCall, 'target' | 'userAgent' | 'headers' | 'extra'>>
type Place = (value: string) => Changes

const encoded = encodeURIComponent
const twice = (value: string) => encoded(encoded(value))
const everyCharacter = (value: string) =>
  [...value].map(char => `%${(char.codePointAt(0) ?? 0).toString(16)}`).join('')

/** Places whose name tells that a credential stands there. */
const namedPlaces: Readonly<Record<string, Place>> = {
  'header authorization': value => ({ headers: { authorization: `Bearer ${value}` } }),
  'header basic': value => ({
    headers: { authorization: `Basic ${Buffer.from(`me:${value}`).toString('base64')}` },
  }),
  'header x-api-key': value => ({ headers: { 'x-api-key': value } }),
  'header cookie': value => ({ headers: { cookie: `theme=dark; session=${encoded(value)}` } }),
  'header unknown': value => ({ headers: { 'x-internal-hint': value } }),
  'query api_key': value => ({ target: `/v1/orders?expand=items&api_key=${encoded(value)}` }),
  'query twice encoded': value => ({ target: `/v1/orders?access%5Ftoken=${twice(value)}` }),
  'query every character': value => ({ target: `/v1/orders?token=${everyCharacter(value)}` }),
  'query in fragment': value => ({ target: `/v1/orders#access_token=${encoded(value)}` }),
  'path parameter': value => ({ target: `/v1;password=${encoded(value)}/orders` }),
  'url user-info': value => ({ target: `https://me:${encoded(value)}@api.example.com/v1/orders` }),
  'url user': value => ({ target: `https://${encoded(value)}@api.example.com/v1/orders` }),
  referer: value => ({ headers: { referer: `https://app.example.com/cb?x=${encoded(value)}` } }),
  'referer user-info': value => ({
    headers: { referer: `https://me:${encoded(value)}@app.example.com/` },
  }),
  body: value => ({ extra: { request_body: `{"password":${JSON.stringify(value)}}` } }),
  'header and echoes': value => ({
    headers: { 'x-api-key': value },
    target: `/v1/echo/${encoded(value)}`,
    userAgent: `curl/8.7.1 ${value}`,
  }),
}

/** Places that say nothing: the value itself must be recognized. */
const otherPlaces: Readonly<Record<string, Place>> = {
  'query unknown': value => ({ target: `/v1/orders?q=${encoded(value)}` }),
  'path segment': value => ({ target: `/v1/keys/${encoded(value)}/rotate` }),
  'path twice encoded': value => ({ target: `/v1/keys/${twice(value)}` }),
  'path every character': value => ({ target: `/v1/keys/${everyCharacter(value)}` }),
  'path after token': value => ({ target: `/reset/token/${encoded(value)}` }),
  'path with name': value => ({ target: `/v1/${encoded(`key=${value}`)}/x` }),
  'path after colon': value => ({ target: `/v1/bot:${encoded(value)}/send` }),
  'user agent': value => ({ userAgent: `acme-client/1.2 (key=${value}; linux)` }),
  'user agent quoted': value => ({ userAgent: `acme-client/1.2 token:${value}` }),
  'user agent encoded': value => ({ userAgent: `acme-client/1.2 ${encoded(value)}` }),
  'key name': value => ({ extra: { [value]: 1, settings: { [value]: { [value]: true } } } }),
  'header name': value => ({ headers: { [`x-${value}`]: 'on' } }),
}

const formEncoded = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers)
    .map(([name, value]) => `${encoded(name)}=${encoded(value).replaceAll('%20', '+')}`)
    .join('&')

const iso = (ms: number) => new Date(ms).toISOString()
const queryOf = (target: string) => target.split('?')[1] ?? ''

type Renderer = (call: PlantedCall) => unknown

/** As each gateway writes the call. */
const renderers: Readonly<Record<string, Renderer>> = {
  kong: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    started_at: tsMs,
    client_ip: ip,
    latencies: { request: 12, kong: 1, proxy: 11 },
    request: {
      method: 'GET',
      uri: target,
      url: target.startsWith('/') ? `https://api.example.com${target}` : target,
      querystring: Object.fromEntries(new URLSearchParams(queryOf(target))),
      headers: { host: 'api.example.com', 'user-agent': userAgent, ...headers },
      size: 300,
    },
    response: { status: 200, size: 900, headers: { 'content-type': 'application/json' } },
    ...extra,
  }),
  apisix: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    start_time: tsMs,
    client_ip: ip,
    latency: 12.5,
    server: { hostname: 'apisix-1', version: '3.16.0' },
    request: {
      method: 'GET',
      uri: target,
      url: `http://127.0.0.1:9080${target}`,
      querystring: Object.fromEntries(new URLSearchParams(queryOf(target))),
      headers: { host: 'api.example.com', 'user-agent': userAgent, ...headers },
      size: 300,
    },
    response: { status: 200, size: 900 },
    ...extra,
  }),
  apipark: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    msec: tsMs,
    node: 'apinto-1',
    src_ip: ip,
    remote_addr: ip,
    request_id: 'req-1',
    authorization: '',
    proxy_uri: target,
    request_method: 'GET',
    request_uri: target,
    request_header: formEncoded({ Host: 'api.example.com', ...headers }),
    proxy_header: formEncoded(headers),
    http_user_agent: userAgent,
    http_referer: headers['referer'] ?? '',
    request_time: 12,
    status: 200,
    response_length: '900',
    ...extra,
  }),
  apinto: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    time_iso8601: iso(tsMs),
    request_id: 'req-1',
    request: {
      header: formEncoded({ 'User-Agent': userAgent, ...headers }),
      host: 'api.example.com',
      remote_addr: ip,
      request_method: 'GET',
      request_uri: target,
    },
    proxy: { proxy_header: formEncoded(headers), proxy_uri: target },
    status_code: { status: 200 },
    time: { request_time: 12 },
    ...extra,
  }),
  'nginx-json': ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    time_iso8601: iso(tsMs),
    remote_addr: ip,
    request: `GET ${target} HTTP/1.1`,
    request_uri: target,
    args: queryOf(target),
    status: 200,
    body_bytes_sent: 900,
    request_time: 0.012,
    http_user_agent: userAgent,
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`http_${name.replaceAll('-', '_')}`, value]),
    ),
    ...extra,
  }),
  'nginx-combined': ({ tsMs, ip, target, userAgent, headers }) => {
    const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(iso(tsMs)) ?? []
    const name = 'JanFebMarAprMayJunJulAugSepOctNovDec'.slice(
      Number(month) * 3 - 3,
      Number(month) * 3,
    )
    const fields = [target, headers['referer'] ?? '-', userAgent].map(text =>
      text.replaceAll('"', '\\"'),
    )
    return `${ip} - - [${day}/${name}/${year}:${time} +0000] "GET ${fields[0]} HTTP/1.1" 200 900 "${fields[1]}" "${fields[2]}"`
  },
  envoy: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    start_time: iso(tsMs),
    ':authority': 'api.example.com',
    'x-envoy-origin-path': target,
    method: 'GET',
    downstream_remote_address: `${ip}:45050`,
    response_code: 200,
    response_flags: '-',
    duration: 12,
    bytes_received: 0,
    bytes_sent: 900,
    'user-agent': userAgent,
    ...headers,
    ...extra,
  }),
  tokenwatch: ({ tsMs, ip, target, userAgent, headers, extra }) => ({
    ts: iso(tsMs),
    ip,
    method: 'GET',
    path: target,
    status: 200,
    userAgent,
    ...(headers['x-api-key'] !== undefined && { token: headers['x-api-key'] }),
    headers,
    ...extra,
  }),
  // Known formats that become no event: the reject shows key names.
  'kong without a time': call => ({ ...Object(renderers['kong']?.(call)), started_at: 'never' }),
  'tokenwatch of a wrong type': call => ({
    ...Object(renderers['tokenwatch']?.(call)),
    ...call.headers,
    status: [call.target],
  }),
  'unknown format': ({ target, userAgent, headers, extra }) => ({
    event: 'login',
    where: target,
    [target]: userAgent,
    [userAgent]: { [target]: 1 },
    ...headers,
    ...extra,
  }),
  'no json': ({ target, userAgent, headers }) =>
    `ERROR ${target} refused ${userAgent} ${JSON.stringify(headers)}`,
  'cut json': call => JSON.stringify(renderers['kong']?.(call)).slice(0, -20),
}

const plantedFormats: readonly string[] = Object.keys(renderers)

/** Whether the secret stands there so that it can be told to be one. */
function isTellable(secret: PlantedSecret, place: string, format: string): boolean {
  // The echo of what only the name of a header tells to be a secret, in a log without headers.
  return !(secret.isPlain && place === 'header and echoes' && !formatsWithHeaders.has(format))
}

const formatsWithHeaders = new Set(
  Object.keys(renderers)
    .filter(name => !/combined|json$|unknown|wrong/.test(name))
    .concat('nginx-json'),
)

/**
 * Every secret in every place that may hold it. Times rise by a second from `startMs`.
 *
 * @param options.isEveryFormat - each in every format; else each in the next one, so that each pair of
 *   place and format comes up for many secrets
 */
export function plantedRecords(
  secrets: readonly PlantedSecret[],
  options: { readonly startMs: number; readonly isEveryFormat?: boolean },
): readonly PlantedRecord[] {
  const plantings = secrets.flatMap((secret, number) => {
    const places = secret.isPlain ? namedPlaces : { ...namedPlaces, ...otherPlaces }
    const ip = `198.51.100.${1 + (number % 250)}`
    return Object.entries(places).map(([place, change]) => ({ secret, ip, place, change }))
  })
  return plantings
    .flatMap((planting, at) => {
      const chosen = plantedFormats[at % plantedFormats.length] ?? ''
      const formats = options.isEveryFormat ? plantedFormats : [chosen]
      return formats.map(format => ({ ...planting, format }))
    })
    .filter(({ secret, place, format }) => isTellable(secret, place, format))
    .map(({ secret, ip, place, change, format }, at) => {
      const tsMs = options.startMs + at * 1_000
      const call = { ...ordinaryCall, tsMs, ip, ...change(secret.value) }
      return { format, place, secret, line: lineOf(format, call) }
    })
}

const ordinaryCall = { target: '/v1/orders', userAgent: 'acme-client/1.2', headers: {}, extra: {} }

function lineOf(format: string, call: PlantedCall): string {
  const record = renderers[format]?.(call)
  return typeof record === 'string' ? record : JSON.stringify(record)
}
