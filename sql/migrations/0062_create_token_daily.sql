-- Traffic of a token on a day (UTC): the series behind volume, failures, bytes, LLM tokens and cost.
CREATE OR REPLACE VIEW token_daily AS
SELECT
  token,
  toDate(bucket_start) AS day,
  max(token_5m.tenant) AS tenant,
  sum(token_5m.events) AS events,
  sum(token_5m.failed) AS failed,
  sum(token_5m.denied) AS denied,
  sum(token_5m.throttled) AS throttled,
  sum(token_5m.failed + token_5m.denied + token_5m.throttled) AS refused,
  sum(token_5m.errors) AS errors,
  sum(token_5m.bytes_in_sum) AS bytes_in,
  sum(token_5m.bytes_out_sum) AS bytes_out,
  sum(token_5m.llm_tokens_sum) AS llm_tokens,
  sum(token_5m.cost_micro_usd_sum) / 1000000 AS cost_usd,
  sum(token_5m.latency_ms_sum) / nullIf(sum(token_5m.latency_ms_count), 0) AS latency_ms_mean,
  max(token_5m.latency_ms_max) AS latency_ms_max,
  uniqExact(bucket_start) AS active_slots
FROM token_5m
GROUP BY token, day
