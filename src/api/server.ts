import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyBaseLogger, fastify, LogController, type RouteOptions } from 'fastify'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import { ApiError } from './api-error.ts'
import type { Api } from './api-instance.ts'
import { requireKeys } from './authorize.ts'
import type { Keyring } from './keyring.ts'
import { errorBody, replyError } from './reply-errors.ts'
import { type ActionCommands, type ActionReader, actionRoutes } from './routes/actions.ts'
import { type AuditReader, auditRoutes } from './routes/audit.ts'
import { type DeadLetterReader, deadLetterRoutes } from './routes/dead-letters.ts'
import { type EventIngest, eventRoutes } from './routes/events.ts'
import { type FindingReader, findingRoutes } from './routes/findings.ts'
import { healthRoutes } from './routes/health.ts'
import { type IncidentFiles, incidentRoutes } from './routes/incidents.ts'
import { type AuditWriter, ingestKeyRoutes } from './routes/ingest-keys.ts'
import { overviewRoutes, type StatsReader, type TrafficReader } from './routes/overview.ts'
import { type BaselineReader, type TokenReader, tokenRoutes } from './routes/tokens.ts'
import { contentSecurityPolicy, describeApi, servePages } from './serve-pages.ts'
import type { ApiSettings } from './settings.ts'

/** What every server of ours needs. */
interface ServerDeps {
  readonly settings: ApiSettings
  readonly version: string
  readonly log: Logger
  readonly health: Health
  /** In the text format of Prometheus. */
  metricsText(): Promise<string>
  readonly keyring: Keyring
}

/** Everything the API reads from and commands. */
export interface ApiDeps extends IncidentFiles, ServerDeps {
  /** Folder of the built console, normally `dist/console`. */
  readonly consoleFolder: string
  readonly clock: () => number
  readonly ingest: EventIngest
  readonly tokens: TokenReader
  readonly baselines: BaselineReader
  readonly actions: ActionReader
  readonly actionCommands: ActionCommands
  readonly audit: AuditReader & AuditWriter
  readonly deadLetters: DeadLetterReader
  readonly findings: FindingReader
  readonly stats: StatsReader
  readonly trends: TrafficReader
}

const HEADERS_TIMEOUT_MS = 10_000
const HEADER_BYTES_MAX = 16 * 1024
const REQUESTS_PER_CONNECTION_MAX = 100_000
/** Above the time that a handler has, so that the client reads our answer and not a reset. */
const CONNECTION_GRACE_MS = 10_000
/** How long requests under way may take after `close()`. */
const CLOSE_GRACE_MS = 1_000

/**
 * The HTTP server, ready to `listen` or `inject`; close it with `close()`.
 *
 * Nothing but health, the console's files and the API document answers without a key.
 */
export async function createApi(deps: ApiDeps): Promise<Api> {
  const app = await openServer(deps)
  await describeApi(app, deps.version)
  registerRoutes(app, deps)
  await servePages(app, deps.consoleFolder)
  await app.ready()
  return app
}

/** The HTTP server of a process that only relays: `/healthz`, `/readyz`, `/metrics`. */
export async function createProbes(deps: ServerDeps): Promise<Api> {
  const app = await openServer(deps)
  healthRoutes(app, deps)
  await app.ready()
  return app
}

/** A server without routes: limits, headers, keys, errors of one shape. */
async function openServer(deps: ServerDeps): Promise<Api> {
  const { settings } = deps
  const app = createServer(settings, deps.log)
  keepRouteTable(app)
  cutConnectionsAfterClose(app)
  app.setErrorHandler(replyError)

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentSecurityPolicy },
    // Transport security is the business of the proxy that ends TLS.
    strictTransportSecurity: false,
  })
  await app.register(rateLimit, {
    max: settings.requestsPerMinuteMax,
    timeWindow: '1 minute',
    errorResponseBuilder: () =>
      new ApiError(429, 'too_many_requests', 'Too many requests: wait and try again.'),
  })
  requireKeys(app, {
    keyring: deps.keyring,
    refusedKeysPerMinuteMax: settings.refusedKeysPerMinuteMax,
  })
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
    reply.code(404).send(errorBody('not_found', 'Nothing is here.')),
  )
  return app
}

function createServer(settings: ApiSettings, log: Logger): Api {
  const { trustedProxies } = settings
  return fastify({
    loggerInstance: log as FastifyBaseLogger,
    // A request's address and headers may carry what does not belong into a log.
    logController: new LogController({ disableRequestLogging: true }),
    ajv: { customOptions: { coerceTypes: true } },
    trustProxy: trustedProxies.length > 0 && trustedProxies,
    bodyLimit: settings.bodyBytesMax,
    requestTimeout: settings.requestTimeoutMs,
    handlerTimeout: settings.handlerTimeoutMs,
    connectionTimeout:
      Math.max(settings.requestTimeoutMs, settings.handlerTimeoutMs) + CONNECTION_GRACE_MS,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    maxRequestsPerSocket: REQUESTS_PER_CONNECTION_MAX,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, maxHeaderSize: HEADER_BYTES_MAX },
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    frameworkErrors: replyError,
    clientErrorHandler(_error, socket) {
      if (!socket.writable) {
        socket.destroy()
        return
      }
      const body = JSON.stringify(errorBody('bad_request', 'The request is malformed.'))
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
}

/**
 * A connection on which no request was ever sent, as browsers open them ahead of need, is not idle for
 * Node: it would hold up the close until its time has run out.
 */
function cutConnectionsAfterClose(app: Api): void {
  app.addHook('preClose', done => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref()
    done()
  })
}

/** Access is read when asked for: hooks of a scope may still change a route that is added. */
function keepRouteTable(app: Api): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', route => void routes.push(route))
  app.decorate('routeTable', {
    getter: () =>
      routes.flatMap(({ method, url, config }) =>
        [method].flat().map(name => ({ method: name, url, access: config?.access ?? 'admin' })),
      ),
  })
}

/** Every resource, by name. */
function registerRoutes(app: Api, deps: ApiDeps): void {
  const { settings } = deps
  healthRoutes(app, deps)
  eventRoutes(app, {
    ingest: deps.ingest,
    requestsPerMinuteMax: settings.ingestRequestsPerMinuteMax,
  })
  overviewRoutes(app, deps)
  incidentRoutes(app, deps)
  tokenRoutes(app, deps)
  actionRoutes(app, deps)
  findingRoutes(app, deps)
  auditRoutes(app, deps)
  deadLetterRoutes(app, deps)
  ingestKeyRoutes(app, deps)
}
