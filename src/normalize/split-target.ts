/** The parts of a request target. */
export interface TargetParts {
  readonly path: string
  /** Without `?`; a fragment counts as query: both are dropped. */
  readonly query: string
  /** Of an absolute target, with port. */
  readonly host: string | undefined
  /** `user:password` of an absolute target: a credential in clear. */
  readonly userinfo: string | undefined
}

const absolute = /^[A-Za-z][A-Za-z0-9+.-]{1,9}:\/\/([^/?#]*)/

/** Splits `/path?query`, `https://user:password@host:8443/path?query`, `host:443` and `*`. */
export function splitTarget(target: string): TargetParts {
  const match = target.startsWith('/') ? null : absolute.exec(target)
  const local = match === null ? target : target.slice(match[0].length)
  const end = pathEnd(local)
  const authority = match?.[1]
  const at = authority?.lastIndexOf('@') ?? -1
  return {
    path: end === 0 ? '/' : local.slice(0, end),
    query: local.slice(end + 1),
    host: authority?.slice(at + 1),
    userinfo: at < 0 ? undefined : authority?.slice(0, at),
  }
}

/** Index of the first `?` or `#`, or the length. */
function pathEnd(target: string): number {
  const query = target.indexOf('?')
  const fragment = target.indexOf('#')
  if (query < 0) return fragment < 0 ? target.length : fragment
  return fragment < 0 ? query : Math.min(query, fragment)
}
