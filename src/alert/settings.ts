import { type Static, Type } from 'typebox'
import { ChannelSettings } from './channels/index.ts'

const HOUR_MS = 3_600_000

/** How findings become incidents, and how many are kept. */
export const IncidentSettings = Type.Object({
  groupingWindowMs: Type.Integer({
    default: 24 * HOUR_MS,
    minimum: 60_000,
    maximum: 30 * 24 * HOUR_MS,
    description:
      'A finding joins the open incident of its token when the last finding is at most this old, in milliseconds of event time.',
  }),
  openIncidentsMax: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Open and acknowledged incidents at a time. Beyond it the least one (lowest severity, then longest without a finding) is resolved by the system, with an audit row.',
  }),
  closedRememberedMax: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 1_000_000,
    description: 'Closed incidents kept in memory, so that a repeated finding opens none again.',
  }),
})
export type IncidentSettings = Static<typeof IncidentSettings>

/** Whom to tell of what, how often to try, how much may wait. */
export const DispatchSettings = Type.Object({
  severityMin: Type.Union(
    [Type.Literal('low'), Type.Literal('medium'), Type.Literal('high'), Type.Literal('critical')],
    { default: 'low', description: 'Incidents below this severity are not told to anyone.' },
  ),
  notifyResolved: Type.Boolean({
    default: true,
    description: 'Tells also when an incident is resolved or marked as a false positive.',
  }),
  retryDelaysMs: Type.Array(Type.Integer({ minimum: 10, maximum: 24 * HOUR_MS }), {
    default: [5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 18_000_000],
    maxItems: 20,
    description:
      'Waits after the first failed attempt, the second, …, in milliseconds, ± 20 %. When they are used up the delivery has failed.',
  }),
  queueMax: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 100_000,
    description: 'Deliveries that wait or are under way. One beyond it fails at once, visibly.',
  }),
  concurrencyPerChannel: Type.Integer({
    default: 4,
    minimum: 1,
    maximum: 32,
    description: 'Attempts at a time on one channel.',
  }),
  recoverWithinMs: Type.Integer({
    default: 24 * HOUR_MS,
    minimum: 0,
    maximum: 30 * 24 * HOUR_MS,
    description:
      'At start, open incidents younger than this that nobody was told of are told. Older ones are not: a channel added today should not repeat the past.',
  }),
})
export type DispatchSettings = Static<typeof DispatchSettings>

export const AlertSettings = Type.Object(
  {
    incidents: IncidentSettings,
    dispatch: DispatchSettings,
    consoleUrl: Type.String({
      default: '',
      maxLength: 500,
      pattern: '^(|https?://.*[^/])$',
      description: 'Where people reach the console, for links in alerts: https://host:port',
    }),
    channels: ChannelSettings,
  },
  { description: 'Incidents, and how people are told of them.' },
)
export type AlertSettings = Static<typeof AlertSettings>
