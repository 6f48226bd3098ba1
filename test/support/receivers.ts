import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * A real HTTP server that keeps what it is sent; `answer` undefined leaves the caller waiting.
 *
 * @param port - to listen on, for a receiver that comes back; 0 takes a free one
 */
export async function startHttpReceiver(
  answer: (request: ReceivedRequest) => Answer | undefined = () => ({ status: 204 }),
  port = 0,
) {
  const received: ReceivedRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const call: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    }
    received.push(call)
    const reply = answer(call)
    if (reply !== undefined) response.writeHead(reply.status, reply.headers).end(reply.body)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return {
    received,
    url: `http://127.0.0.1:${address.port}/hook`,
    port: address.port,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A real SMTP server that keeps the mails it accepts. */
export async function startMailReceiver(
  options: { refuse?: () => Error | undefined; port?: number } = {},
) {
  const received: ParsedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: (_address, _session, callback) => callback(options.refuse?.() ?? null),
    onData(stream, _session, callback) {
      simpleParser(stream).then(mail => {
        received.push(mail)
        callback()
      }, callback)
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    received,
    url: `smtp://127.0.0.1:${port}`,
    smtpPort: port,
    close: () => new Promise<void>(resolve => server.close(() => resolve())),
  }
}
