import { createServer } from 'node:net'
import { OperatorError } from '../../domain/operator-error.ts'

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return listenOnce(0)
}

/** @throws OperatorError when something listens on the port, or it may not be used */
export async function requireFreePort(path: string, port: number): Promise<void> {
  try {
    await listenOnce(port)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const problem =
      code === 'EADDRINUSE'
        ? `port ${port} is in use`
        : `port ${port} cannot be opened (${code ?? 'unknown error'})`
    const remedy = 'Choose another port, 0 for any free one, or end the program that uses it.'
    throw new OperatorError([{ path, problem, remedy }], { cause })
  }
}

/** Opens and closes the port; resolves to its number. */
function listenOnce(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: wanted, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}
