export type Route =
  | { readonly page: 'incidents'; readonly id: string | undefined }
  | { readonly page: 'tokens'; readonly id: string | undefined }
  | { readonly page: 'pipeline' }

/** Which page the address names; the list of incidents for anything else. */
export function readRoute(hash: string): Route {
  const [, page, rest] = /^#\/(\w+)(?:\/(.+))?$/.exec(hash) ?? []
  const id = rest === undefined ? undefined : decode(rest)
  if (page === 'tokens') return { page, id }
  return page === 'pipeline' ? { page } : { page: 'incidents', id }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export const toIncident = (id: string) => `#/incidents/${encodeURIComponent(id)}`
export const toToken = (token: string) => `#/tokens/${encodeURIComponent(token)}`
