-- Fills token_hour_of_week; its SELECT also repairs it, limited to the offsets that are missing.
CREATE MATERIALIZED VIEW IF NOT EXISTS token_hour_of_week_mv TO token_hour_of_week AS
SELECT
  token,
  toUInt8((toDayOfWeek(ts) - 1) * 24 + toHour(ts)) AS hour_of_week,
  count() AS events,
  sum(ifNull(bytes_out, 0)) AS bytes_out_sum,
  max(toDateTime(ts)) AS last_ts,
  source,
  source_partition,
  max(source_offset) AS last_offset
FROM access_events
GROUP BY token, hour_of_week, source, source_partition
