import { Type } from 'typebox'
import type { Action } from '../../domain/action.ts'
import type { Result } from '../../lib/result.ts'
import { ApiError } from '../api-error.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { actorOf } from '../authorize.ts'
import { limitUpTo, listOf } from '../schema-parts.ts'
import { Action as ActionSchema } from '../schemas.ts'

/** Actions in their newest version. */
export interface ActionReader {
  current(query: {
    readonly incidentId?: string | undefined
    readonly limit: number
  }): Promise<readonly Action[]>
}

/** Carries out what was only planned, waits for an approval, or was withheld or failed. */
export interface ActionCommands {
  /** Resolves after the first attempt; safeguards are heard unless overridden. */
  execute(
    id: string,
    actor: string,
    options: { readonly override: boolean },
  ): Promise<
    Result<
      Action,
      'unknown_action' | 'unknown_incident' | 'not_executable' | 'revoker_not_configured'
    >
  >
}

const refusals = {
  unknown_action: [404, 'There is no such action.'],
  unknown_incident: [409, 'The incident of the action is no longer known.'],
  not_executable: [409, 'The action is under way or done.'],
  revoker_not_configured: [409, 'Nothing is set up to carry this action out: see `respond`.'],
} as const

const id = Type.String({ pattern: '^[A-Za-z0-9._:-]{1,200}$' })

/** Actions on tokens: planned, withheld, carried out. */
export function actionRoutes(
  app: Api,
  deps: { readonly actions: ActionReader; readonly actionCommands: ActionCommands },
): void {
  app.get(
    '/v1/actions',
    {
      schema: {
        tags: ['actions'],
        summary: 'Actions, most lately requested first.',
        querystring: Type.Object({ incidentId: Type.Optional(id), limit: limitUpTo(1_000, 100) }),
        response: { 200: Type.Object({ actions: listOf(ActionSchema) }), ...errorReplies },
      },
    },
    async ({ query }) => ({ actions: await deps.actions.current(query) }),
  )

  app.post(
    '/v1/actions/:id/execute',
    {
      schema: {
        tags: ['actions'],
        summary: 'Carry out a planned action for real.',
        description:
          'Safeguards still hold: the action may come back as withheld. `override=true` sets them aside, which is put on record.',
        params: Type.Object({ id }),
        querystring: Type.Object({ override: Type.Boolean({ default: false }) }),
        response: { 200: ActionSchema, ...errorReplies },
      },
    },
    async request => {
      const { params, query } = request
      const result = await deps.actionCommands.execute(params.id, actorOf(request), query)
      if (result.ok) return result.value
      const [status, message] = refusals[result.reason]
      throw new ApiError(status, result.reason, message)
    },
  )
}
