import { Type } from 'typebox'
import { type Api, errorReplies } from '../api-instance.ts'
import { listOf } from '../schema-parts.ts'
import { Stats, TrafficHour } from '../schemas.ts'

/** Live counters of this process, cheap enough to be asked each second. */
export interface StatsReader {
  current(): Promise<Stats>
}

/** Traffic of all tokens, from the rollups. */
export interface TrafficReader {
  /** One row an hour, oldest first, of the last `hours`. */
  traffic(hours: number): Promise<readonly TrafficHour[]>
}

/** What the overview of the console shows. */
export function overviewRoutes(
  app: Api,
  deps: { readonly stats: StatsReader; readonly trends: TrafficReader },
): void {
  app.get(
    '/v1/stats',
    {
      schema: {
        tags: ['overview'],
        summary: 'Live counters of this process.',
        response: { 200: Stats, ...errorReplies },
      },
    },
    async () => await deps.stats.current(),
  )

  app.get(
    '/v1/trends/traffic',
    {
      schema: {
        tags: ['overview'],
        summary: 'Calls, refused calls and findings by hour.',
        querystring: Type.Object({
          hours: Type.Integer({ default: 24, minimum: 1, maximum: 24 * 90 }),
        }),
        response: { 200: Type.Object({ hours: listOf(TrafficHour) }), ...errorReplies },
      },
    },
    async ({ query: { hours } }) => ({ hours: await deps.trends.traffic(hours) }),
  )
}
