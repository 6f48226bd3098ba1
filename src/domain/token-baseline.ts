import type { EntityKind, Fingerprint } from './access-event.ts'
import type { Stream } from './source-position.ts'

/** Column types that a baseline is stored in; each maps to one kind of value in memory. */
type BaselineColumnType =
  | 'String'
  | 'Float64'
  | 'Array(String)'
  | 'Array(Float32)'
  | 'Array(Float64)'
  | 'Array(UInt16)'
  | 'Array(UInt32)'

export type BaselineValue = string | number | readonly string[] | ArrayLike<number>

export interface BaselineColumn {
  /** Column of the table and key of the row alike. */
  readonly name: string
  readonly type: BaselineColumnType
}

/**
 * One number each per token: clocks (ms, days and hours since epoch), running counts of the open day,
 * hour and minute, next counts at which a magnitude is judged, ages, and the day's score so far.
 */
export const baselineScalars = [
  'first_seen_ms',
  'clock_ms',
  'open_day',
  'is_day_open',
  'open_hour',
  'is_hour_open',
  'open_minute',
  'last_active_day',
  'peer_class',
  'is_interactive',
  'active_days',
  'active_hours',
  'requests_minute',
  'requests_minute_peak',
  'requests_hour',
  'requests_day',
  'sized_requests_hour',
  'bytes_hour',
  'sized_requests_day',
  'bytes_day',
  'check_requests_hour',
  'check_requests_day',
  'check_objects_day',
  'check_bytes_day',
  'gap_count',
  'gap_days',
  'is_cold_hour',
  'network',
  'network_ms',
  'previous_network',
  'previous_network_ms',
  'last_object',
  'served_requests',
  'refused_run',
  'score_day',
  'slow_score_day',
  'surprise_day',
  'evidence_ms',
  'finding_surprise',
  'alert_surprise',
  'alert_ms',
  'finding_sequence',
  'told_surprise',
  'told_day',
  'new_objects_day',
  'check_new_objects_day',
  'cost_day',
  'check_cost_day',
  'model_tokens_day',
  'check_model_tokens_day',
] as const

/**
 * Arrays per token: counts of surprising things (history, exposure, today, expected today), magnitudes
 * of ln(1 + y) (weight, mean, sum of squares), 48 hour bins (weekday, weekend), evidence by family and
 * detector, and the identity sets as 32-bit keys with the day each was last seen.
 */
export const baselineArrays = [
  { name: 'count_history', type: 'Array(Float32)' },
  { name: 'count_exposure', type: 'Array(Float32)' },
  { name: 'count_today', type: 'Array(Float32)' },
  { name: 'count_expected', type: 'Array(Float32)' },
  { name: 'magnitude_weight', type: 'Array(Float32)' },
  { name: 'magnitude_mean', type: 'Array(Float32)' },
  { name: 'magnitude_squares', type: 'Array(Float32)' },
  { name: 'weekend_offset', type: 'Array(Float32)' },
  { name: 'weekend_weight', type: 'Array(Float32)' },
  { name: 'hour_offset', type: 'Array(Float32)' },
  { name: 'hour_weight', type: 'Array(Float32)' },
  { name: 'hour_activity', type: 'Array(Float32)' },
  { name: 'evidence_today', type: 'Array(Float32)' },
  { name: 'evidence_recent', type: 'Array(Float32)' },
  { name: 'evidence_slow', type: 'Array(Float32)' },
  { name: 'evidence_noise', type: 'Array(Float32)' },
  { name: 'common_cause_level', type: 'Array(Float32)' },
  { name: 'surprise_today', type: 'Array(Float32)' },
  { name: 'tail_excess', type: 'Array(Float32)' },
  { name: 'tail_count', type: 'Array(Float32)' },
  { name: 'addresses', type: 'Array(UInt32)' },
  { name: 'prefixes', type: 'Array(UInt32)' },
  { name: 'networks', type: 'Array(UInt32)' },
  { name: 'countries', type: 'Array(UInt32)' },
  { name: 'endpoints', type: 'Array(UInt32)' },
  { name: 'clients', type: 'Array(UInt32)' },
  { name: 'young_sources', type: 'Array(UInt32)' },
  { name: 'young_since', type: 'Array(UInt32)' },
  { name: 'objects_sketch', type: 'Array(UInt32)' },
  { name: 'addresses_day', type: 'Array(UInt16)' },
  { name: 'prefixes_day', type: 'Array(UInt16)' },
  { name: 'networks_day', type: 'Array(UInt16)' },
  { name: 'countries_day', type: 'Array(UInt16)' },
  { name: 'endpoints_day', type: 'Array(UInt16)' },
  { name: 'clients_day', type: 'Array(UInt16)' },
  { name: 'networks_first_day', type: 'Array(UInt16)' },
] as const satisfies readonly BaselineColumn[]

/** Objects that the token has touched, as a bitmap; empty for a token without any. */
const baselineObjects = [
  { name: 'known_objects', type: 'Array(UInt32)' },
] as const satisfies readonly BaselineColumn[]

/** The open day's evidence in words, and the call that brought it: empty for most tokens. */
const baselineFacts = [
  { name: 'fact_detector', type: 'Array(String)' },
  { name: 'fact_surprise', type: 'Array(Float64)' },
  { name: 'fact_evidence', type: 'Array(Float64)' },
  { name: 'fact_observed', type: 'Array(Float64)' },
  { name: 'fact_expected', type: 'Array(Float64)' },
  { name: 'fact_spread', type: 'Array(Float64)' },
  { name: 'fact_value_owner', type: 'Array(UInt16)' },
  { name: 'fact_value', type: 'Array(String)' },
  { name: 'subject_hint', type: 'String' },
  { name: 'subject_credential_id', type: 'String' },
  { name: 'subject_consumer', type: 'String' },
  { name: 'subject_application', type: 'String' },
  { name: 'trigger_ip', type: 'String' },
  { name: 'trigger_prefix', type: 'String' },
  { name: 'trigger_asn', type: 'Float64' },
  { name: 'trigger_country', type: 'String' },
  { name: 'trigger_network_type', type: 'String' },
  { name: 'trigger_client', type: 'String' },
  { name: 'trigger_method', type: 'String' },
  { name: 'trigger_route', type: 'String' },
  { name: 'trigger_status', type: 'Float64' },
  { name: 'trigger_gateway', type: 'String' },
  { name: 'trigger_node', type: 'String' },
] as const satisfies readonly BaselineColumn[]

/** Columns of `token_baselines` besides the position of the snapshot, in the table's order. */
export const baselineColumns: readonly BaselineColumn[] = [
  { name: 'token', type: 'String' },
  { name: 'entity', type: 'String' },
  { name: 'tenant', type: 'String' },
  ...baselineScalars.map(name => ({ name, type: 'Float64' as const })),
  ...baselineArrays,
  ...baselineFacts,
  ...baselineObjects,
]

/**
 * What the scorer knows of all tokens together: hazards by peer class and age, the priors of each peer
 * group, the tail calibrators' histograms of token-days, values that a group knows, sources of today.
 * Tables with several dimensions are flattened, last dimension fastest.
 */
export const populationColumns: readonly BaselineColumn[] = [
  { name: 'population_day', type: 'Float64' },
  { name: 'largest_ts_ms', type: 'Float64' },
  { name: 'population_days', type: 'Float64' },
  { name: 'token_days', type: 'Float64' },
  { name: 'class_surprises', type: 'Array(Float64)' },
  { name: 'class_hours', type: 'Array(Float64)' },
  { name: 'dispersion_weight', type: 'Array(Float64)' },
  { name: 'dispersion_excess', type: 'Array(Float64)' },
  { name: 'dispersion', type: 'Array(Float64)' },
  { name: 'group_name', type: 'Array(String)' },
  { name: 'group_state', type: 'Array(Float64)' },
  { name: 'calibrator_days', type: 'Array(Float64)' },
  { name: 'calibrator_today', type: 'Array(Float64)' },
  { name: 'known_key', type: 'Array(Float64)' },
  { name: 'known_first_s', type: 'Array(UInt32)' },
  { name: 'known_last_day', type: 'Array(UInt16)' },
  { name: 'known_count', type: 'Array(UInt16)' },
  { name: 'known_by', type: 'Array(UInt32)' },
  { name: 'known_hand', type: 'Float64' },
  { name: 'source_key', type: 'Array(Float64)' },
  { name: 'source_day', type: 'Array(UInt16)' },
  { name: 'source_token_owner', type: 'Array(UInt32)' },
  { name: 'source_token', type: 'Array(String)' },
  { name: 'source_refused_owner', type: 'Array(UInt32)' },
  { name: 'source_refused', type: 'Array(UInt32)' },
]

/** One token's baseline, keyed by the names of `baselineColumns`. */
export type TokenBaselineRow = Readonly<Record<string, BaselineValue>>

/** The population's state, keyed by the names of `populationColumns`. */
export type PopulationRow = Readonly<Record<string, BaselineValue>>

/** State of the scorer of one stream, or what changed of it since the snapshot before. */
export interface ScorerSnapshot {
  readonly scorerVersion: string
  /** Largest event time seen, ms; event time, so that a replay writes the same. */
  readonly takenMs: number
  /** Tokens that changed since the snapshot before, or all. */
  readonly tokens: readonly TokenBaselineRow[]
  /** All tokens are in it: those of earlier snapshots that are not have been forgotten. */
  readonly isFull?: boolean
  readonly population: PopulationRow
}

/** With the events of the stream after `offset` it gives the same findings. */
export interface BaselineSnapshot extends ScorerSnapshot {
  readonly stream: Stream
  /** Last offset that the state includes, -1 for none. */
  readonly offset: number
}

/** What is usual, as a 90 % band of the prediction. */
export interface ExpectedBand {
  readonly low: number
  readonly typical: number
  readonly high: number
}

/** A token's baseline as a person reads it. */
export interface TokenBaselineView {
  readonly token: Fingerprint
  readonly entity: EntityKind
  readonly tenant: string
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly activeDays: number
  readonly activeHours: number
  readonly requestsPerHour: ExpectedBand
  readonly requestsPerDay: ExpectedBand
  readonly bytesPerDay: ExpectedBand
  /** By what is counted, for instance `new-country`: how many an active day brings on average. */
  readonly surprisesPerDay: Readonly<Record<string, number>>
  /** 48 shares of the active hours, UTC: 24 of weekdays, 24 of weekends; they sum to 1. */
  readonly hourActivity: readonly number[]
  readonly today: {
    readonly requests: number
    readonly bytes: number
    /** -ln P(a normal token-day scores this high), nats. */
    readonly surprise: number
    /** By statistical detector: raw surprise under the token's own model, nats. */
    readonly detectors: Readonly<Record<string, number>>
  }
}
