-- Fills token_prefix; its SELECT also repairs it, limited to the offsets that are missing.
CREATE MATERIALIZED VIEW IF NOT EXISTS token_prefix_mv TO token_prefix AS
SELECT
  token,
  prefix,
  max(country) AS country,
  max(asn) AS asn,
  max(network_type) AS network_type,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  count() AS events,
  countIf(auth_outcome != 'ok') AS refused,
  sum(ifNull(bytes_out, 0)) AS bytes_out_sum,
  source,
  source_partition,
  max(source_offset) AS last_offset
FROM access_events
GROUP BY token, prefix, source, source_partition
