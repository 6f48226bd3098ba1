import { Type } from 'typebox'
import type { Finding } from '../../domain/finding.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { limitUpTo, listOf } from '../schema-parts.ts'
import { Finding as FindingSchema } from '../schemas.ts'

/** Findings, alerts or not. */
export interface FindingReader {
  list(query: {
    readonly token?: string | undefined
    readonly tenant?: string | undefined
    readonly sinceMs?: number | undefined
    readonly isAlert?: boolean | undefined
    readonly limit: number
  }): Promise<readonly Finding[]>
}

/** Evidence worth keeping, also below the alert budget. */
export function findingRoutes(app: Api, deps: { readonly findings: FindingReader }): void {
  app.get(
    '/v1/findings',
    {
      schema: {
        tags: ['findings'],
        summary: 'Findings, newest first, alerts or not.',
        querystring: Type.Object({
          token: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
          tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          sinceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
          isAlert: Type.Optional(Type.Boolean()),
          limit: limitUpTo(1_000, 100),
        }),
        response: { 200: Type.Object({ findings: listOf(FindingSchema) }), ...errorReplies },
      },
    },
    async ({ query }) => ({ findings: await deps.findings.list(query) }),
  )
}
