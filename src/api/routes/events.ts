import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { type Api, errorReplies } from '../api-instance.ts'
import { actorOf } from '../authorize.ts'
import { listOf, maybe } from '../schema-parts.ts'
import { ErrorReply } from '../schemas.ts'

/** What became of a batch; `errors` name records by index, never by value. */
interface IngestReply {
  readonly status: 200 | 207 | 400 | 413 | 429 | 503
  readonly retryAfterSeconds?: number | undefined
  readonly body: {
    readonly accepted: number
    readonly rejected: number
    readonly errors: readonly {
      readonly index: number
      readonly reason: string
      readonly field?: string | undefined
    }[]
    /** From a closed list: why the batch as a whole was not taken. */
    readonly fault?: string | undefined
  }
}

/** What the route asks of ingest: resolves when the events are stored. */
export interface EventIngest {
  accept(batch: {
    readonly sourceName: string
    readonly contentType: string
    readonly contentEncoding: string
    readonly idempotencyKey: string | undefined
    readonly body: Buffer
  }): Promise<IngestReply>
}

const counts = {
  accepted: Type.Number(),
  rejected: Type.Number(),
  errors: listOf(
    Type.Object({ index: Type.Number(), reason: Type.String(), field: maybe(Type.String()) }),
    'Records that became no event, by their place in the body; the first ones, if many',
  ),
}
const IngestReport = Type.Object(counts)
const IngestRefusal = Type.Object({ ...ErrorReply.properties, ...counts })

const contentTypes = [
  'application/x-ndjson',
  'application/ndjson',
  'application/json',
  'text/plain',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
]
const anyBody = { schema: Type.Unsafe<Buffer>({ description: 'Access-log records' }) }

const refusals = {
  400: ['invalid_batch', 'Nothing of the batch could be read as an event.'],
  413: ['body_too_large', 'The batch is larger than the limits allow: send it in parts.'],
  429: ['too_many_requests', 'More arrives than is taken in: wait and send the batch again.'],
  503: ['not_stored', 'The batch could not be stored: send it again, with its Idempotency-Key.'],
} as const

/** Faults of a request that the words for its status do not tell. */
const faults: Readonly<Record<string, string>> = {
  empty_body: 'The body is empty.',
  bad_json: 'The body is no JSON.',
  bad_encoding: 'The body could not be decompressed.',
  unsupported_encoding: 'Content-Encoding must be gzip, or absent.',
  bad_idempotency_key: 'The Idempotency-Key must be 1 to 200 visible ASCII characters.',
  idempotency_key_reused: 'Another body came with this Idempotency-Key: give each batch its own.',
  too_many_records: 'The batch has more records than the limit allows: send it in parts.',
}

/** The way in for gateways that post their log. The body goes to ingest as it came. */
export function eventRoutes(
  app: Api,
  deps: { readonly ingest: EventIngest; readonly requestsPerMinuteMax: number },
): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(contentTypes, { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    )
    scope.post(
      '/v1/events',
      {
        config: {
          access: 'ingest',
          rateLimit: { max: deps.requestsPerMinuteMax, groupId: 'ingest' },
        },
        schema: {
          tags: ['ingest'],
          summary: 'Send access-log records; answered after the events are stored.',
          description:
            'NDJSON, lines of text or a JSON array, plain or gzip (`Content-Encoding: gzip` or a gzip content type). A retry with the same `Idempotency-Key` counts once. Takes an ingest key (also as `X-API-Key`) or the admin key.',
          security: [{ bearer: [] }, { apiKey: [] }],
          headers: Type.Object({
            'idempotency-key': Type.Optional(
              Type.String({ minLength: 1, maxLength: 200, pattern: '^[!-~]+$' }),
            ),
          }),
          body: { content: Object.fromEntries(contentTypes.map(type => [type, anyBody])) },
          response: {
            200: IngestReport,
            207: IngestReport,
            400: Type.Union([IngestRefusal, ErrorReply]),
            413: Type.Union([IngestRefusal, ErrorReply]),
            429: Type.Union([IngestRefusal, ErrorReply]),
            503: Type.Union([IngestRefusal, ErrorReply]),
            ...errorReplies,
          },
        },
      },
      async (request, reply) => {
        const idempotencyKey = request.headers['idempotency-key']
        const answer = await deps.ingest.accept({
          sourceName: actorOf(request),
          contentType: request.headers['content-type'] ?? '',
          contentEncoding: request.headers['content-encoding'] ?? '',
          idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        })
        return send(reply, answer)
      },
    )
    done()
  })
}

function send(reply: FastifyReply, { status, retryAfterSeconds, body }: IngestReply) {
  const { fault, ...counted } = body
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (status === 200 || status === 207) return reply.code(status).send(counted)
  const [code, message] = refusals[status]
  const said = faults[fault ?? ''] ?? message
  return reply.code(status).send({ error: { code: fault ?? code, message: said }, ...counted })
}
