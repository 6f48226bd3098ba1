import { Type } from 'typebox'
import type { Action, Containment, Delivery } from '../../domain/action.ts'
import {
  type Incident,
  type IncidentEvent,
  type IncidentState,
  incidentStates,
} from '../../domain/incident.ts'
import type { Result } from '../../lib/result.ts'
import { ApiError } from '../api-error.ts'
import { type Api, errorReplies } from '../api-instance.ts'
import { actorOf } from '../authorize.ts'
import { limitUpTo, listOf } from '../schema-parts.ts'
import {
  IncidentDetail,
  Incident as IncidentSchema,
  type IncidentStep,
  IncidentSummary,
} from '../schemas.ts'

/** Stored incidents. */
interface IncidentReader {
  current(query: {
    readonly states?: readonly IncidentState[] | undefined
    readonly tenant?: string | undefined
    readonly token?: string | undefined
    readonly limit: number
  }): Promise<readonly Incident[]>
  get(id: string): Promise<Incident | undefined>
  /** All steps, oldest first. */
  history(id: string): Promise<readonly IncidentEvent[]>
}

type Transition = (
  id: string,
  actor: string,
  note: string,
) => Promise<Result<Incident, 'unknown_incident' | 'invalid_transition'>>

/** The life cycle of incidents. */
export interface IncidentCommands {
  readonly acknowledge: Transition
  readonly resolve: Transition
  readonly markFalsePositive: Transition
}

interface ByIncident {
  readonly incidentId: string
  readonly limit: number
}

/** What belongs to an incident. */
export interface IncidentFiles {
  readonly incidents: IncidentReader
  readonly incidentCommands: IncidentCommands
  readonly actions: { current(query: ByIncident): Promise<readonly Action[]> }
  readonly containment: { list(incidentId: string): Promise<readonly Containment[]> }
  readonly deliveries: { list(query: ByIncident): Promise<readonly Delivery[]> }
}

const STEPS_SHOWN = 200
const ROWS_SHOWN = 100

const params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9._:-]{1,200}$' }) })
const unknown = () => new ApiError(404, 'unknown_incident', 'There is no such incident.')

/** Incidents: list, show, and move through their life cycle. */
export function incidentRoutes(app: Api, deps: IncidentFiles): void {
  const { incidents, incidentCommands, actions, containment, deliveries } = deps

  app.get(
    '/v1/incidents',
    {
      schema: {
        tags: ['incidents'],
        summary: 'Incidents, most lately changed first.',
        querystring: Type.Object({
          state: Type.Optional(Type.Enum([...incidentStates, 'active'] as const)),
          tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          limit: limitUpTo(1_000, 100),
        }),
        response: { 200: Type.Object({ incidents: listOf(IncidentSummary) }), ...errorReplies },
      },
    },
    async ({ query: { state, tenant, limit } }) => ({
      incidents: await incidents.current({ states: statesOf(state), tenant, limit }),
    }),
  )

  app.get(
    '/v1/incidents/:id',
    {
      schema: {
        tags: ['incidents'],
        summary: 'One incident: evidence, history, actions, containment, deliveries.',
        params,
        response: { 200: IncidentDetail, ...errorReplies },
      },
    },
    async ({ params: { id } }) => {
      const incident = await incidents.get(id)
      if (incident === undefined) throw unknown()
      const query = { incidentId: id, limit: ROWS_SHOWN }
      const [steps, taken, contained, delivered] = await Promise.all([
        incidents.history(id),
        actions.current(query),
        containment.list(id),
        deliveries.list(query),
      ])
      return {
        incident,
        history: steps.slice(-STEPS_SHOWN).reverse().map(describeStep),
        actions: taken,
        containment: contained,
        deliveries: delivered,
      }
    },
  )

  transitionRoute(app, 'acknowledge', 'Somebody looks at it.', incidentCommands.acknowledge)
  transitionRoute(app, 'resolve', 'It is dealt with.', incidentCommands.resolve)
  transitionRoute(app, 'false-positive', 'It was none.', incidentCommands.markFalsePositive)
}

function transitionRoute(app: Api, verb: string, summary: string, command: Transition): void {
  app.post(
    `/v1/incidents/:id/${verb}`,
    {
      // A call without a body is one without a note.
      preValidation: (request, _reply, done) => {
        request.body ??= { note: '' }
        done()
      },
      schema: {
        tags: ['incidents'],
        summary,
        params,
        body: Type.Object({ note: Type.String({ default: '', maxLength: 500 }) }),
        response: { 200: IncidentSchema, ...errorReplies },
      },
    },
    async request => {
      const result = await command(request.params.id, actorOf(request), request.body.note)
      if (result.ok) return result.value
      if (result.reason === 'unknown_incident') throw unknown()
      throw new ApiError(409, 'invalid_transition', 'The incident is not in a state for this.')
    },
  )
}

function statesOf(state: IncidentState | 'active' | undefined) {
  if (state === undefined) return undefined
  return state === 'active' ? (['open', 'acknowledged'] as const) : [state]
}

const describeStep = ({ id, atMs, kind, incident }: IncidentEvent): IncidentStep => ({
  id,
  atMs,
  kind,
  severity: incident.severity,
  risk: incident.risk,
  findingCount: incident.findingCount,
  actor: incident.actor,
  note: incident.note,
})
