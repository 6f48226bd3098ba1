const TIMEOUT_MS = 15_000

/** The API said no, or did not answer (status 0). */
class RequestFailure extends Error {
  override readonly name = 'RequestFailure'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface ApiClient {
  /** The caller names the schema of the reply; the server made sure of it. */
  get<Reply>(path: string): Promise<Reply>
  post<Reply>(path: string, body?: object): Promise<Reply>
}

/**
 * Talks to the API that served the page.
 *
 * @param on.refused - the key is not (or no longer) good
 * @param on.reached - told after each request whether the server answered
 */
export function createApiClient(
  key: string,
  on: { readonly refused: () => void; readonly reached: (isReached: boolean) => void },
): ApiClient {
  async function request<Reply>(path: string, init: RequestInit): Promise<Reply> {
    const reply = await fetch(path, {
      ...init,
      headers: { authorization: `Bearer ${key}`, ...init.headers },
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => undefined)
    on.reached(reply !== undefined && reply.status !== 503)
    if (reply === undefined) throw new RequestFailure(0, 'tokenwatch does not answer.')
    if (reply.ok) return (await reply.json()) as Reply
    if (reply.status === 401 || reply.status === 403) on.refused()
    throw new RequestFailure(reply.status, await messageOf(reply))
  }

  return {
    get: path => request(path, {}),
    post: (path, body) =>
      request(path, {
        method: 'POST',
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      }),
  }
}

async function messageOf(reply: Response): Promise<string> {
  try {
    const { error } = (await reply.json()) as { error?: { message?: string } }
    return error?.message ?? `Status ${reply.status}.`
  } catch {
    return `Status ${reply.status}.`
  }
}

/** Nothing for an id that the server does not know, or that none can have; other failures stay. */
export async function ifKnown<Reply>(request: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await request
  } catch (error) {
    const isUnknown = error instanceof RequestFailure && [400, 404].includes(error.status)
    if (isUnknown) return undefined
    throw error
  }
}
