import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** What becomes of the connections through the proxy. */
export type Cut =
  | { readonly at: 'never' }
  /** After so many bytes of a request have gone to the server. */
  | { readonly at: 'request'; readonly bytes: number }
  /** When the server has answered, before the client hears of it. */
  | { readonly at: 'response' }

/** A request that has stopped on its way: the server has its first part. */
export interface HeldRequest {
  /** Lets the rest of it go on to the server, whatever became of the client meanwhile. */
  release(): void
}

export interface CuttingProxy {
  readonly url: string
  /** Holds for the next request that matches, once. */
  cutNext(cut: Cut, matching: string): void
  /** Holds the next request that matches up after so many bytes; resolves when it is held. */
  holdNext(matching: string, bytes: number): Promise<HeldRequest>
  /** Ends what is there at once, in the middle of whatever it carries; new connections are taken. */
  cutAll(): void
  /** From now on every piece, of at most 64 KiB and of either direction, waits so long. 0 is no wait. */
  slowDown(pieceMs: number): void
  readonly cuts: number
  close(): Promise<void>
}

interface Pending {
  readonly matching: string
  readonly cut: Cut
  readonly hold?: { readonly bytes: number; readonly held: (request: HeldRequest) => void }
}

/**
 * A TCP proxy before a server of this machine that cuts, holds up and slows down where a test wants it.
 *
 * @param options.port - to listen on; 0 takes a free one
 */
export async function startCuttingProxy(
  serverUrl: string,
  options: { readonly port?: number } = {},
): Promise<CuttingProxy> {
  const port = Number(new URL(serverUrl).port)
  const connections = new Set<Connection>()
  const state: Shared = { pending: undefined, pieceMs: 0, cuts: 0 }

  const server = createServer(client => {
    const connection = new Connection(client, connect(port, '127.0.0.1'), state)
    connections.add(connection)
    connection.onEnd = () => connections.delete(connection)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    cutNext(cut, matching) {
      state.pending = { cut, matching }
    },
    holdNext: (matching, bytes) =>
      new Promise(held => {
        state.pending = { cut: { at: 'never' }, matching, hold: { bytes, held } }
      }),
    cutAll() {
      for (const connection of connections) connection.cut()
    },
    slowDown(pieceMs) {
      state.pieceMs = pieceMs
    },
    get cuts() {
      return state.cuts
    },
    close: () => {
      for (const connection of connections) connection.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

interface Shared {
  pending: Pending | undefined
  pieceMs: number
  cuts: number
}

class Connection {
  readonly #client: Socket
  readonly #upstream: Socket
  readonly #state: Shared
  #active: Pending | undefined
  #sent = 0
  #held: Promise<void> | undefined
  /** Settles when all that the client has sent so far is handed on. */
  readonly #handedOn: () => Promise<unknown>
  onEnd: () => void = () => undefined

  constructor(client: Socket, upstream: Socket, state: Shared) {
    this.#client = client
    this.#upstream = upstream
    this.#state = state
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined)
      socket.on('close', () => this.#ended())
    }
    this.#handedOn = this.#pass(client, upstream, data => this.#request(data))
    this.#pass(upstream, client, () => this.#active?.cut.at !== 'response' || this.cut())
  }

  /** A reset for the client, no word of it for whoever is in the middle of an answer. */
  cut(): false {
    this.#state.cuts++
    this.#client.resetAndDestroy()
    this.#upstream.destroy()
    return false
  }

  destroy() {
    this.#client.destroy()
    this.#upstream.destroy()
  }

  /** What the client has sent is the server's, even when the client is gone: a request that is held. */
  #ended() {
    if (this.#held === undefined) this.destroy()
    if (this.#client.destroyed && this.#upstream.destroyed) this.onEnd()
  }

  /** Hands on piece by piece, in order; `check` says false when there is nothing to hand on any more. */
  #pass(from: Socket, to: Socket, check: (data: Buffer) => boolean): () => Promise<unknown> {
    let last: Promise<unknown> = Promise.resolve()
    let isIdle = true
    const handOn = (data: Buffer) => {
      if (check(data) && !to.destroyed) to.write(data)
    }
    from.on('data', (data: Buffer) => {
      const { pieceMs } = this.#state
      if (isIdle && pieceMs === 0 && this.#held === undefined) return handOn(data)
      isIdle = false
      const next = last
        .then(async () => {
          if (from === this.#client) await this.#held
          if (pieceMs > 0) await delay(pieceMs)
          handOn(data)
        })
        .finally(() => {
          isIdle = last === next
        })
      last = next
    })
    return () => last
  }

  #request(data: Buffer): boolean {
    const { pending } = this.#state
    if (pending !== undefined && data.includes(pending.matching)) {
      this.#active = pending
      this.#state.pending = undefined
      this.#sent = 0
    }
    this.#sent += data.length
    const { cut, hold } = this.#active ?? {}
    if (hold !== undefined && this.#sent > hold.bytes) this.#hold(hold)
    if (cut?.at !== 'request' || this.#sent <= cut.bytes) return true
    this.#upstream.write(data)
    return this.cut()
  }

  #hold(hold: NonNullable<Pending['hold']>) {
    this.#active = undefined
    this.#held = new Promise(resolve => {
      hold.held({
        release: () => {
          this.#held = undefined
          resolve()
          if (this.#client.destroyed) void this.#handedOn().then(() => this.#upstream.end())
        },
      })
    })
  }
}
