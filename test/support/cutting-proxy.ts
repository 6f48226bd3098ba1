import { connect, createServer, type Socket } from 'node:net'

/** What becomes of the connections through the proxy. */
export type Cut =
  | { readonly at: 'never' }
  /** After so many bytes of a request have gone to the server. */
  | { readonly at: 'request'; readonly bytes: number }
  /** When the server has answered, before the client hears of it. */
  | { readonly at: 'response' }

export interface CuttingProxy {
  readonly url: string
  /** Holds for the next request that matches, once. */
  cutNext(cut: Cut, matching: string): void
  readonly cuts: number
  close(): Promise<void>
}

/** A TCP proxy before a server of this machine that cuts a connection where a test wants it. */
export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const port = Number(new URL(serverUrl).port)
  const sockets = new Set<Socket>()
  let pending: { readonly cut: Cut; readonly matching: string } | undefined
  let cuts = 0

  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    let active: Cut = { at: 'never' }
    let sent = 0
    const cut = () => {
      cuts++
      client.resetAndDestroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data: Buffer) => {
      if (pending !== undefined && data.includes(pending.matching)) {
        active = pending.cut
        pending = undefined
      }
      sent += data.length
      upstream.write(data)
      if (active.at === 'request' && sent > active.bytes) cut()
    })
    upstream.on('data', (data: Buffer) => {
      if (active.at === 'response') cut()
      else client.write(data)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    cutNext(cut, matching) {
      pending = { cut, matching }
    },
    get cuts() {
      return cuts
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
