import { randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import type { AuditEntry } from '../../domain/action.ts'
import { ApiError } from '../api-error.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { actorOf } from '../authorize.ts'
import type { Keyring } from '../keyring.ts'

/** Each request compares with every key: the number of keys is bounded. */
const KEYS_MAX = 1_000

export interface AuditWriter {
  append(entries: readonly AuditEntry[]): Promise<void>
}

/** Keys that may only send events. */
export function ingestKeyRoutes(
  app: Api,
  deps: {
    readonly keyring: Keyring
    readonly audit: AuditWriter
    readonly clock: () => number
  },
): void {
  const { keyring, audit, clock } = deps
  app.post(
    '/v1/ingest-keys',
    {
      schema: {
        tags: ['ingest'],
        summary: 'Make a key that may only send events. It is shown once.',
        body: Type.Object({
          name: Type.String({
            pattern: '^[A-Za-z0-9._-]{1,60}$',
            description:
              'Tells the sender in the audit log; one rate limit and one set of idempotency keys each',
          }),
        }),
        response: {
          201: Type.Object({ id: Type.String(), name: Type.String(), key: Type.String() }),
          ...errorReplies,
        },
      },
    },
    async (request, reply) => {
      if (keyring.size >= KEYS_MAX) {
        throw new ApiError(409, 'too_many_keys', `There are ${KEYS_MAX} keys already.`)
      }
      const { key, owner } = await keyring.create('ingest', request.body.name)
      await audit.append([
        {
          id: randomUUID(),
          atMs: clock(),
          actor: actorOf(request),
          verb: 'key.created',
          subject: `key:${owner.id}`,
          tenant: 'default',
          detail: `Ingest key for source ${owner.name}.`,
        },
      ])
      return reply.code(201).send({ id: owner.id, name: owner.name, key })
    },
  )
}
