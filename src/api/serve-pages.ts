import { existsSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Api } from './api-instance.ts'

const none = "'none'"
const own = "'self'"

/** What a page of ours may load: its own files, and nothing inline. */
export const contentSecurityPolicy = {
  'default-src': [none],
  'script-src': [own],
  'style-src': [own],
  'img-src': [own, 'data:'],
  'connect-src': [own],
  'font-src': [own],
  'base-uri': [none],
  'form-action': [none],
  'frame-ancestors': [none],
  'object-src': [none],
}

/** The viewer of the API document styles itself inline; its scripts are files. */
const docsPolicy = { ...contentSecurityPolicy, 'style-src': [own, "'unsafe-inline'"] }

const notBuilt = 'The console is not built. Run `npm run build`, then start again.\n'

/** The document that describes the routes; register it before them. */
export async function describeApi(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: {
        title: 'tokenwatch',
        version,
        description: 'Finds stolen and misused API tokens in gateway access logs, and stops them.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Admin or ingest key' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Ingest key' },
        },
      },
      security: [{ bearer: [] }],
    },
    transformObject: document =>
      'openapiObject' in document
        ? withOptionalDefaults(document.openapiObject)
        : document.swaggerObject,
  })
}

interface Operation {
  readonly parameters?: readonly { required?: boolean; readonly schema?: object }[]
}

/** Mutates: a parameter with a default may be left out; its JSON Schema calls it required all the same. */
function withOptionalDefaults<Document extends { readonly paths?: object }>(document: Document) {
  const paths: Record<string, Record<string, Operation>> = { ...document.paths }
  for (const operations of Object.values(paths)) {
    for (const { parameters = [] } of Object.values(operations)) {
      for (const parameter of parameters) {
        if ('default' in (parameter.schema ?? {})) parameter.required = false
      }
    }
  }
  return document
}

/** API document at /docs and console at /: they hold no data, so they need no key. */
export async function servePages(app: Api, consoleFolder: string): Promise<void> {
  const pages: FastifyPluginAsync = async scope => {
    scope.addHook('onRoute', route => {
      route.config = { ...route.config, access: 'open' }
      route.schema = { ...route.schema, hide: true }
    })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: Object.fromEntries(Object.entries(docsPolicy)),
      uiConfig: { persistAuthorization: false },
    })
    await serveConsole(scope, consoleFolder)
  }
  await app.register(pages)
}

async function serveConsole(scope: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    scope.get('/', async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(notBuilt),
    )
    return
  }
  // One route a file: what is not there is not looked for on the disk.
  await scope.register(staticFiles, {
    root: folder,
    wildcard: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const isHashed = path.includes('/assets/')
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
