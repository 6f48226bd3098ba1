import { Type } from 'typebox'
import type { AuditEntry } from '../../domain/action.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { limitUpTo, listOf, ms } from '../schema-parts.ts'

/** Who did what. */
export interface AuditReader {
  list(query: {
    readonly subject?: string | undefined
    readonly limit: number
  }): Promise<readonly AuditEntry[]>
}

const Entry = Type.Object({
  id: Type.String(),
  atMs: ms('Wall clock'),
  actor: Type.String(),
  verb: Type.String(),
  subject: Type.String(),
  tenant: Type.String(),
  detail: Type.String(),
})

/** The audit log: every decision, also of those not to act. */
export function auditRoutes(app: Api, deps: { readonly audit: AuditReader }): void {
  app.get(
    '/v1/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Audit entries, newest first.',
        querystring: Type.Object({
          subject: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._:-]{1,250}$' })),
          limit: limitUpTo(1_000, 100),
        }),
        response: { 200: Type.Object({ entries: listOf(Entry) }), ...errorReplies },
      },
    },
    async ({ query }) => ({ entries: await deps.audit.list(query) }),
  )
}
