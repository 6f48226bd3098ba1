import { Type } from 'typebox'
import type { Fingerprint } from '../../domain/access-event.ts'
import type { Incident } from '../../domain/incident.ts'
import type { TokenBaselineView } from '../../domain/token-baseline.ts'
import { ApiError } from '../api-error.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { limitUpTo, listOf } from '../schema-parts.ts'
import { TokenBaseline, TokenProfile, TokenSummary, type TokenUsage } from '../schemas.ts'

const sorts = ['risk', 'events', 'lastSeen'] as const

/** What is stored of tokens, from the rollups. */
export interface TokenReader {
  list(query: {
    readonly search?: string | undefined
    readonly tenant?: string | undefined
    readonly sort: (typeof sorts)[number]
    readonly limit: number
  }): Promise<readonly TokenSummary[]>
  get(token: Fingerprint): Promise<TokenSummary | undefined>
  profile(token: Fingerprint): Promise<TokenUsage>
}

/** What the scorer has learned of a token, where it is scored by a process of this machine. */
export interface BaselineReader {
  baselineOf(token: Fingerprint): Promise<TokenBaselineView | undefined>
}

interface IncidentReader {
  current(query: { readonly token: string; readonly limit: number }): Promise<readonly Incident[]>
}

const params = Type.Object({
  token: Type.Unsafe<Fingerprint>(Type.String({ pattern: '^[0-9a-f]{32}$' })),
})
const INCIDENTS_SHOWN = 20

/** Tokens: who they are, what they do, what is usual for them. */
export function tokenRoutes(
  app: Api,
  deps: {
    readonly tokens: TokenReader
    readonly baselines: BaselineReader
    readonly incidents: IncidentReader
  },
): void {
  const { tokens, baselines, incidents } = deps

  async function known(token: Fingerprint): Promise<TokenSummary> {
    const summary = await tokens.get(token)
    if (summary === undefined) throw new ApiError(404, 'unknown_token', 'No such token was seen.')
    return summary
  }

  app.get(
    '/v1/tokens',
    {
      schema: {
        tags: ['tokens'],
        summary: 'Tokens that were seen, searched by hint, credential, consumer or application.',
        querystring: Type.Object({
          search: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
          tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          sort: Type.Enum(sorts, { default: 'risk' }),
          limit: limitUpTo(1_000, 100),
        }),
        response: { 200: Type.Object({ tokens: listOf(TokenSummary) }), ...errorReplies },
      },
    },
    async ({ query }) => ({ tokens: await tokens.list(query) }),
  )

  app.get(
    '/v1/tokens/:token',
    {
      schema: {
        tags: ['tokens'],
        summary: 'One token, with its incidents.',
        params,
        response: { 200: TokenProfile, ...errorReplies },
      },
    },
    async ({ params: { token } }) => {
      const summary = await known(token)
      const found = await incidents.current({ token, limit: INCIDENTS_SHOWN })
      return { ...summary, incidents: found }
    },
  )

  app.get(
    '/v1/tokens/:token/baseline',
    {
      schema: {
        tags: ['tokens'],
        summary: 'What is usual for a token: networks, endpoints, hours, volume.',
        params,
        response: { 200: TokenBaseline, ...errorReplies },
      },
    },
    async ({ params: { token } }) => {
      await known(token)
      return { learned: await baselines.baselineOf(token), usage: await tokens.profile(token) }
    },
  )
}
