-- Traffic of a token in slots of five minutes: series of a profile, tenant trends, blast radius.
-- Partitioned like access_events and dropped with them.
-- Costs in millionths of a dollar: whole numbers add up to the same in any order.
-- Sums, minima and maxima only: they merge exactly. Source and offset tell how far it has come.
CREATE TABLE IF NOT EXISTS token_5m (
  token UUID CODEC(ZSTD(1)),
  bucket_start DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  tenant SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  failed SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  denied SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  throttled SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  bytes_in_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  bytes_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  llm_tokens_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  cost_micro_usd_sum SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1)),
  latency_ms_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  latency_ms_count SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  latency_ms_max SimpleAggregateFunction(max, UInt32) CODEC(T64, ZSTD(1)),
  ingest_date Date CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  source_partition UInt16 CODEC(ZSTD(1)),
  last_offset SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
  PROJECTION watermark (
    SELECT source, source_partition, max(last_offset), count()
    GROUP BY source, source_partition
  )
) ENGINE = AggregatingMergeTree
PARTITION BY ingest_date
ORDER BY (token, bucket_start, source, source_partition)
TTL ingest_date + INTERVAL {retention_days} DAY
SETTINGS ttl_only_drop_parts = 1, deduplicate_merge_projection_mode = 'rebuild'
