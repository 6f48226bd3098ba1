-- Fills token_route; its SELECT also repairs it, limited to the offsets that are missing.
CREATE MATERIALIZED VIEW IF NOT EXISTS token_route_mv TO token_route AS
SELECT
  token,
  method,
  route,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  count() AS events,
  countIf(auth_outcome != 'ok') AS refused,
  sum(ifNull(bytes_out, 0)) AS bytes_out_sum,
  source,
  source_partition,
  max(source_offset) AS last_offset
FROM access_events
GROUP BY token, method, route, source, source_partition
