import type { FastifyRequest } from 'fastify'
import { ApiError } from './api-error.ts'
import type { Api } from './api-instance.ts'
import type { Keyring, Principal } from './keyring.ts'

/** No key is longer; what is, is not hashed. */
const KEY_CHARACTERS_MAX = 300

/**
 * Lets a request through only with a key that may do what the route does. An unknown address asks for
 * a key too, so that nobody learns without one what exists. Wrong keys are counted by client address.
 */
export function requireKeys(
  app: Api,
  deps: { readonly keyring: Keyring; readonly refusedKeysPerMinuteMax: number },
): void {
  const refused = app.createRateLimit({
    max: deps.refusedKeysPerMinuteMax,
    timeWindow: '1 minute',
    keyGenerator: request => `refused ${request.ip}`,
  })
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access ?? 'admin'
    if (access === 'open') return
    reply.header('cache-control', 'no-store')
    const principal = identify(request, deps.keyring, access === 'ingest')
    if (principal === undefined) {
      const count = await refused(request)
      reply.header('www-authenticate', 'Bearer')
      if (!count.isAllowed && count.isExceeded) {
        reply.header('retry-after', count.ttlInSeconds)
        throw new ApiError(429, 'too_many_requests', 'Too many wrong keys: wait and try again.')
      }
      throw new ApiError(401, 'key_required', 'Send a key as `Authorization: Bearer twk_…`.')
    }
    if (principal.role !== 'admin' && principal.role !== access) {
      throw new ApiError(403, 'key_not_allowed', 'This key may only send events.')
    }
    request.principal = principal
  })
}

function identify(
  request: FastifyRequest,
  keyring: Keyring,
  mayUseKeyHeader: boolean,
): Principal | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  const header = mayUseKeyHeader ? request.headers['x-api-key'] : undefined
  const presented = bearer ?? (typeof header === 'string' ? header : undefined)
  if (presented === undefined || presented.length > KEY_CHARACTERS_MAX) return undefined
  return keyring.find(presented)
}

/** Name of the key that a request came with. Only for routes that need one. */
export function actorOf(request: FastifyRequest): string {
  if (request.principal === undefined) throw new TypeError('The route is open: nobody is known.')
  return request.principal.name
}
