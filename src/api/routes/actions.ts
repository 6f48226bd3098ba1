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

/** Carries out what was only planned, or waits for an approval. */
export interface ActionCommands {
  execute(
    id: string,
    actor: string,
  ): Promise<Result<Action, 'unknown_action' | 'invalid_transition'>>
}

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
        summary: 'Carry out a planned action for real. Safeguards still hold.',
        params: Type.Object({ id }),
        response: { 200: ActionSchema, ...errorReplies },
      },
    },
    async request => {
      const result = await deps.actionCommands.execute(request.params.id, actorOf(request))
      if (result.ok) return result.value
      if (result.reason === 'unknown_action') {
        throw new ApiError(404, 'unknown_action', 'There is no such action.')
      }
      throw new ApiError(409, 'invalid_transition', 'The action is not in a state for this.')
    },
  )
}
