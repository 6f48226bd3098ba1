import { Type } from 'typebox'
import type { Health } from '../../telemetry/health.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { listOf } from '../schema-parts.ts'

const Readiness = Type.Object({
  status: Type.Enum(['ready', 'not_ready'] as const),
  dependencies: listOf(
    Type.Object({ name: Type.String(), state: Type.Enum(['up', 'down'] as const) }),
  ),
  /** What is on its way, after a start: how far it is. */
  progress: Type.Optional(listOf(Type.Object({ name: Type.String(), detail: Type.String() }))),
})

const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** For whoever watches the process: alive, ready, measured. */
export function healthRoutes(
  app: Api,
  deps: { readonly version: string; readonly health: Health; metricsText(): Promise<string> },
): void {
  const { version, health } = deps

  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        tags: ['health'],
        summary: 'The process is alive. Needs no key.',
        security: [],
        response: {
          200: Type.Object({ status: Type.Literal('ok'), version: Type.String() }),
          ...errorReplies,
        },
      },
    },
    () => ({ status: 'ok' as const, version }),
  )

  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        tags: ['health'],
        summary: 'Every dependency answers, or which one does not. Needs no key.',
        security: [],
        response: { 200: Readiness, 503: Readiness, ...errorReplies },
      },
    },
    (_request, reply) => {
      const dependencies = health
        .list()
        .map(({ name, isHealthy }) => ({ name, state: isHealthy ? 'up' : 'down' }) as const)
      const status = health.isReady ? 'ready' : 'not_ready'
      reply.code(health.isReady ? 200 : 503)
      const progress = [...health.inProgress()]
      return { status, dependencies, ...(progress.length > 0 && { progress }) } as const
    },
  )

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'All metrics, for Prometheus (bearer authorization).',
        response: { 200: Type.String({ description: 'Prometheus text format' }), ...errorReplies },
      },
    },
    async (_request, reply) => {
      reply.header('content-type', PROMETHEUS_TEXT)
      return await deps.metricsText()
    },
  )
}
