import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'

/** What the tests need of a posted Kong record. */
export interface PostedRecord {
  readonly started_at: number
  readonly client_ip: string
  readonly hostname: string
  readonly request: { readonly headers: { readonly apikey: string } }
  readonly response: { readonly status: number }
  readonly consumer?: { readonly username: string }
  readonly authenticated_entity?: { readonly id: string }
}

/**
 * Stands in for the server that the demo talks to: takes records, opens an incident for a credential
 * as soon as `isTheft` says so, plans its revocation, and carries it out by the webhook.
 */
export async function startFakeTokenwatch(options: {
  readonly webhook: { readonly url: string; readonly secret: string }
  readonly isTheft: (record: PostedRecord) => boolean
  /** Status of the answers to the first requests with records; 200 after those. */
  readonly ingestStatuses?: number[]
}) {
  const { webhook, isTheft, ingestStatuses = [] } = options
  const records: PostedRecord[] = []
  const idempotencyKeys: string[] = []
  let actionState = 'planned'
  let stolen: PostedRecord | undefined

  async function execute(): Promise<void> {
    const credentialId = stolen?.authenticated_entity?.id
    const body = JSON.stringify({ type: 'token.revoke', data: { credentialId } })
    const at = new Date()
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        'webhook-id': 'action-1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(webhook.secret).sign('action-1', at, body),
      },
      body,
    })
    actionState = response.ok ? 'succeeded' : 'failed'
  }

  async function ingest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = await request.toArray()
    idempotencyKeys.push(String(request.headers['idempotency-key']))
    const status = ingestStatuses.shift() ?? 200
    if (status !== 200) return reply(response, status, {})
    const lines = gunzipSync(Buffer.concat(chunks)).toString().split('\n')
    const posted = lines.map(line => JSON.parse(line) as PostedRecord)
    records.push(...posted)
    stolen ??= posted.find(isTheft)
    reply(response, 200, { accepted: posted.length, rejected: 0, errors: [] })
  }

  /** By method and path; what is posted to ingest has a key of its own. */
  const pages: Readonly<Record<string, () => Promise<unknown>>> = {
    'GET /v1/incidents': () => Promise.resolve({ incidents: stolen ? [incidentOf(stolen)] : [] }),
    'GET /v1/incidents/i1': () => Promise.resolve({ actions: [{ ...action, state: actionState }] }),
    'POST /v1/actions/action-1/execute': () =>
      execute().then(() => ({ ...action, state: actionState })),
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = request.headers.authorization
    const route = `${request.method} ${request.url?.split('?')[0]}`
    if (route === 'POST /v1/events' && key === 'Bearer ingest') return ingest(request, response)
    const page = key === 'Bearer admin' ? pages[route] : undefined
    reply(response, page === undefined ? 404 : 200, (await page?.()) ?? {})
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle is part of the tests.
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    records,
    idempotencyKeys,
    close: async () => {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}

const action = { id: 'action-1', reason: 'high risk', updatedMs: 1 }

const incidentOf = (stolen: PostedRecord) => ({
  id: 'i1',
  title: 'New network',
  credentialId: stolen.authenticated_entity?.id,
  openedMs: 1,
  lastTs: stolen.started_at,
})

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
