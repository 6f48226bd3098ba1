/**
 * The tables that materialized views fill from `access_events`; the view of `<name>` is `<name>_mv`.
 * Each holds `source`, `source_partition` and `last_offset`, by which it is repaired.
 */
export const rollups = [
  'token_5m',
  'token_prefix',
  'token_route',
  'token_hour_of_week',
  'token_client',
] as const
export type Rollup = (typeof rollups)[number]
