import { Type } from 'typebox'
import { type DeadLetter, type RejectReason, rejectReasons } from '../../domain/reject.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { limitUpTo, listOf, maybe, ms } from '../schema-parts.ts'

/** Records that became no event. */
export interface DeadLetterReader {
  list(query: {
    readonly reason?: RejectReason | undefined
    readonly source?: string | undefined
    readonly partition?: number | undefined
    readonly offset?: number | undefined
    readonly limit: number
  }): Promise<readonly DeadLetter[]>
  counts(): Promise<
    readonly {
      readonly reason: RejectReason
      readonly count: number
      readonly lastReceivedMs: number
    }[]
  >
}

const DeadLetters = Type.Object({
  counts: listOf(
    Type.Object({
      reason: Type.Enum(rejectReasons),
      count: Type.Number(),
      lastReceivedMs: ms('Wall clock'),
    }),
  ),
  deadLetters: listOf(
    Type.Object({
      source: Type.String(),
      partition: Type.Number(),
      offset: Type.Number(),
      index: Type.Number(),
      receivedMs: ms('Wall clock'),
      reason: Type.Enum(rejectReasons),
      format: maybe(Type.String()),
      field: maybe(Type.String()),
      keys: listOf(Type.String(), 'Names of keys, never values'),
      bytes: Type.Number(),
    }),
  ),
})

/** What could not be read, told without any of its values. */
export function deadLetterRoutes(
  app: Api,
  { deadLetters }: { readonly deadLetters: DeadLetterReader },
): void {
  app.get(
    '/v1/dead-letters',
    {
      schema: {
        tags: ['ingest'],
        summary: 'Records that became no event: counts by reason, and the newest.',
        querystring: Type.Object({
          reason: Type.Optional(Type.Enum(rejectReasons)),
          source: Type.Optional(Type.String({ minLength: 1, maxLength: 249 })),
          partition: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
          offset: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
          limit: limitUpTo(1_000, 100),
        }),
        response: { 200: DeadLetters, ...errorReplies },
      },
    },
    async ({ query }) => {
      const [counts, letters] = await Promise.all([deadLetters.counts(), deadLetters.list(query)])
      return { counts, deadLetters: letters }
    },
  )
}
