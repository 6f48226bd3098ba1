import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { decodeWebhookSecret, signWebhook } from '../../lib/standard-webhook-signature.ts'

/** One simulated gateway instance, and how long the control plane takes to tell it. */
export interface DemoNode {
  readonly name: string
  readonly delayMs: number
}

/** The control plane of the simulated gateways: takes revocations, and tells its nodes one by one. */
export interface DemoGateway {
  /** Where revocations are posted to. */
  readonly webhookUrl: string
  /** Secret that they must be signed with: `whsec_` and base64. */
  readonly webhookSecret: string
  /** When all nodes know of a revocation, ms after it. */
  readonly slowestNodeMs: number
  isRevoked(credentialId: string): boolean
  /** Whether this node knows by now that the credential is revoked. */
  isRefused(credentialId: string, node: string): boolean
  close(): Promise<void>
}

/** Different on purpose, so that the containment of an incident shows what happens node by node. */
const demoNodes: readonly DemoNode[] = [
  { name: 'gw-eu-1', delayMs: 500 },
  { name: 'gw-eu-2', delayMs: 2_000 },
  { name: 'gw-us-1', delayMs: 4_000 },
]

const bodyBytesMax = 65_536
/** What the reference implementations of Standard Webhooks tolerate. */
const ageMsMax = 300_000

/**
 * Listens on a free port of 127.0.0.1.
 *
 * Answers 200 to a revocation, also to one that it has already carried out, 401 to a bad signature or
 * an old message, 400 to a body that names no credential.
 */
export async function startDemoGateway(options: {
  readonly clock: () => number
  readonly nodes?: readonly DemoNode[]
}): Promise<DemoGateway> {
  const { clock, nodes = demoNodes } = options
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`
  const revokedAtMs = new Map<string, number>()
  const delayMs = new Map(nodes.map(node => [node.name, node.delayMs]))

  const accept = (request: IncomingMessage, body: string): number => {
    if (request.method !== 'POST' || request.url !== '/revocations') return 404
    if (!isGenuine({ request, body, secret: webhookSecret, nowMs: clock() })) return 401
    const credentialId = credentialIdOf(body)
    if (credentialId === undefined) return 400
    // Idempotent without a list of message ids: the first time counts.
    if (!revokedAtMs.has(credentialId)) revokedAtMs.set(credentialId, clock())
    return 200
  }

  const server = createServer((request, response) => void serve(request, response, accept))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    webhookUrl: `http://127.0.0.1:${port}/revocations`,
    webhookSecret,
    slowestNodeMs: Math.max(0, ...delayMs.values()),
    isRevoked: credentialId => revokedAtMs.has(credentialId),
    isRefused: (credentialId, node) => {
      const atMs = revokedAtMs.get(credentialId)
      return atMs !== undefined && clock() >= atMs + (delayMs.get(node) ?? 0)
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** Never rejects: a client that goes away in the middle is its own business. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  accept: (request: IncomingMessage, body: string) => number,
): Promise<void> {
  try {
    const body = await readBody(request)
    const status = body === undefined ? 413 : accept(request, body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ isAccepted: status === 200 }))
  } catch {
    response.destroy()
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Signature and age, by Standard Webhooks 1.0.0 (2023). */
function isGenuine(message: {
  readonly request: IncomingMessage
  readonly body: string
  readonly secret: string
  readonly nowMs: number
}): boolean {
  const { request, body, secret, nowMs } = message
  const key = decodeWebhookSecret(secret)
  const id = String(request.headers['webhook-id'] ?? '')
  const atMs = 1_000 * Number(request.headers['webhook-timestamp'])
  const isTimely = Math.abs(nowMs - atMs) <= ageMsMax
  if (!key.ok || !isTimely || id === '' || id.includes('.')) return false
  const expected = Buffer.from(signWebhook({ id, atMs, body }, [key.value])['webhook-signature'])
  const given = String(request.headers['webhook-signature'] ?? '').split(' ')
  return given
    .map(signature => Buffer.from(signature))
    .some(signature => signature.length === expected.length && timingSafeEqual(signature, expected))
}

/** The credential to revoke: `data.credentialId`, or that of the action in `data.action`. */
function credentialIdOf(body: string): string | undefined {
  const data = field(parse(body), 'data')
  const found = field(data, 'credentialId') ?? field(field(data, 'action'), 'credentialId')
  return typeof found === 'string' && found !== '' ? found : undefined
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
