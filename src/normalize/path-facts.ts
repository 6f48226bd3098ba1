import { isCredentialName } from './credentials.ts'
import { hash53 } from './hash-53.ts'
import { isIdSegment, stemOf } from './id-segment.ts'
import { printable } from './printable.ts'
import { decodePercent, isCredential, redacted, redactText } from './redact.ts'

/** What is kept of a path. */
export interface PathFacts {
  /** Redacted, without query, at most 500 characters. */
  readonly path: string
  /** Template: id segments as `{id}`; at most 200 characters. */
  readonly route: string
  /** Of the id segments; undefined where there is none. */
  readonly objectKey: number | undefined
  readonly hasCredential: boolean
}

const pathLengthMax = 500
const routeLengthMax = 200
const segmentsMax = 40

/** `name=value` in a segment, as matrix parameters and some routers write it. */
const parameter = /(^|[;,&?])([^=;,&?]{1,40})=([^;,&]+)/g

/** Segments after which a value is a credential rather than an object: `/reset/token/<value>`. */
const announcing = new Set([
  'token',
  'apikey',
  'api-key',
  'api_key',
  'secret',
  'password',
  'access_token',
  'key',
])

/** Splits a path into segments and decides for each: a word of the route, an id, or a credential. */
export function readPath(rawPath: string, seed: number): PathFacts {
  const segments = printable(rawPath.slice(0, 2_000)).split('/', segmentsMax + 1)
  const isCut = segments.length > segmentsMax
  if (isCut) segments.length = segmentsMax
  let route = ''
  let ids = ''
  let hasCredential = false
  let previous = ''
  const kept = segments.map((segment, at) => {
    const clean = segment.length < 4 ? segment : cleanSegment(segment, previous)
    previous = segment
    if (clean !== segment) hasCredential = true
    const template = clean === segment ? templateOf(segment) : '{id}'
    if (template !== segment) ids += `/${segment}`
    route += at === 0 ? template : `/${template}`
    return clean
  })
  if (isCut) route += '/{more}'
  return {
    path: kept.join('/').slice(0, pathLengthMax),
    route: cutRoute(route),
    objectKey: ids === '' ? undefined : hash53(ids, seed),
    hasCredential,
  }
}

/** Cuts between segments, so that two long paths do not become one by half a word. */
function cutRoute(route: string): string {
  if (route.length <= routeLengthMax) return route
  const end = route.lastIndexOf('/', routeLengthMax - 8)
  return `${route.slice(0, Math.max(end, 0))}/{more}`
}

function templateOf(segment: string): string {
  if (segment === '') return ''
  const stem = stemOf(segment)
  if (!isIdSegment(stem)) return segment
  return stem.length === segment.length ? '{id}' : `{id}${segment.slice(stem.length)}`
}

/** The segment without credentials in it, in clear or percent-encoded once or twice. */
function cleanSegment(segment: string, previous: string): string {
  const decoded = decodePercent(decodePercent(segment))
  if (isAnnounced(decoded, previous)) return redacted
  const withoutParameters = decoded.replaceAll(parameter, (whole, before: string, name: string) =>
    isCredentialName(name.trim()) ? `${before}${name}=${redacted}` : whole,
  )
  if (withoutParameters !== decoded) return redactText(withoutParameters)
  if (segment.length < 16) return segment
  if (isCredential(stemOf(decoded)) || isCredential(decoded)) return redacted
  const clean = redactText(decoded)
  return clean === decoded ? segment : clean.replaceAll('/', '%2F')
}

/** A value with letters and digits after a segment that announces one. */
function isAnnounced(value: string, previous: string): boolean {
  return (
    value.length >= 12 &&
    announcing.has(previous.toLowerCase()) &&
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    !/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-/.test(value)
  )
}
