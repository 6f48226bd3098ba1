import { OperatorError } from '../domain/operator-error.ts'
import type { Api } from './api-instance.ts'

/**
 * Starts to listen; resolves to the origin, with the port that was really taken.
 *
 * @throws OperatorError when the address cannot be listened on
 */
export async function listen(
  api: Api,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (cause) {
    throw new OperatorError([faultOf(cause, host, port)], { cause })
  }
  const address = api.server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  const name = host.includes(':') ? `[${host}]` : host
  return `http://${name}:${actual}`
}

function faultOf(cause: unknown, host: string, port: number) {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  if (code === 'EADDRINUSE') {
    return {
      path: 'api.port',
      problem: `port ${port} of ${host} is in use`,
      remedy: 'Stop the other process, or choose another port with --port.',
    }
  }
  if (code === 'EACCES') {
    return {
      path: 'api.port',
      problem: `this user may not listen on port ${port}`,
      remedy: 'Choose a port above 1023 with --port.',
    }
  }
  return {
    path: 'api.host',
    problem: `cannot listen on ${host}:${port} (${code})`,
    remedy: 'Give an address of this machine, for instance 127.0.0.1.',
  }
}
