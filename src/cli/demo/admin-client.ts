/** The planned answer to the theft, as the API shows it. */
export interface ShownAction {
  readonly id: string
  readonly incidentId: string
  readonly title: string
  readonly state: string
  readonly reason: string
}

/** What the demo's operator does by the API; a person would do it on the page. */
export interface AdminClient {
  /**
   * The latest action of the credential's newest incident with a finding at or after `sinceMs` (event
   * time); undefined while there is none.
   */
  findAction(
    query: { readonly credentialId: string; readonly sinceMs: number },
    signal: AbortSignal,
  ): Promise<ShownAction | undefined>
  /** @throws Error when the API refuses */
  execute(actionId: string, signal: AbortSignal): Promise<void>
}

interface IncidentRow {
  readonly id: string
  readonly title: string
  readonly credentialId?: string
  readonly openedMs: number
  readonly lastTs: number
}

interface ActionRow {
  readonly id: string
  readonly state: string
  readonly reason: string
  readonly updatedMs: number
}

/** @param api.url - origin of the server, without a slash at the end */
export function createAdminClient(api: {
  readonly url: string
  readonly key: string
}): AdminClient {
  const call = async (method: string, path: string, signal: AbortSignal): Promise<unknown> => {
    const headers = { authorization: `Bearer ${api.key}` }
    const response = await fetch(`${api.url}${path}`, { method, headers, signal })
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`the API answered ${response.status} to ${method} ${path}`)
    }
    return response.json()
  }
  return {
    findAction: async ({ credentialId, sinceMs }, signal) => {
      const reply = (await call('GET', '/v1/incidents?limit=100', signal)) as {
        readonly incidents: readonly IncidentRow[]
      }
      const [incident] = reply.incidents
        .filter(row => row.credentialId === credentialId && row.lastTs >= sinceMs)
        .sort((a, b) => b.openedMs - a.openedMs)
      if (incident === undefined) return undefined
      const detail = (await call('GET', `/v1/incidents/${incident.id}`, signal)) as {
        readonly actions: readonly ActionRow[]
      }
      const [action] = [...detail.actions].sort((a, b) => b.updatedMs - a.updatedMs)
      if (action === undefined) return undefined
      const { id, state, reason } = action
      return { id, state, reason, incidentId: incident.id, title: incident.title }
    },
    execute: async (actionId, signal) => {
      await call('POST', `/v1/actions/${actionId}/execute`, signal)
    },
  }
}
