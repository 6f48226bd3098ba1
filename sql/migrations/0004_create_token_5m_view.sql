-- Fills token_5m; its SELECT also repairs it, limited to the offsets that are missing.
CREATE MATERIALIZED VIEW IF NOT EXISTS token_5m_mv TO token_5m AS
SELECT
  token,
  toStartOfInterval(ts, INTERVAL 5 MINUTE) AS bucket_start,
  max(tenant) AS tenant,
  count() AS events,
  countIf(auth_outcome = 'failed') AS failed,
  countIf(auth_outcome = 'denied') AS denied,
  countIf(auth_outcome = 'throttled') AS throttled,
  countIf(status >= 500) AS errors,
  sum(ifNull(bytes_in, 0)) AS bytes_in_sum,
  sum(ifNull(bytes_out, 0)) AS bytes_out_sum,
  sum(ifNull(llm_tokens_in, 0) + ifNull(llm_tokens_out, 0)) AS llm_tokens_sum,
  sum(toInt64(round(ifNull(cost_usd, 0) * 1000000))) AS cost_micro_usd_sum,
  sum(toUInt64(ifNull(latency_ms, 0))) AS latency_ms_sum,
  count(latency_ms) AS latency_ms_count,
  max(ifNull(latency_ms, 0)) AS latency_ms_max,
  ingest_date,
  source,
  source_partition,
  max(source_offset) AS last_offset
FROM access_events
GROUP BY token, bucket_start, ingest_date, source, source_partition
