-- One row per API call: what rollups, replay and token profiles read.
-- ORDER BY (token, ts): a profile is one range, and what is constant per token compresses to nothing.
-- PARTITION BY ingest_date: constant within a batch, so that a batch is one part and is stored whole or not
--   at all; the time to live drops whole parts.
-- Projection watermark: how far a stream is stored, without a scan.
-- Absent is null for numbers, the empty text for texts, an empty array for lists.
-- No deduplication window: it would take two equal batches for one.
CREATE TABLE IF NOT EXISTS access_events (
  ts DateTime64(3, 'UTC') CODEC(T64, ZSTD(1)),
  entity LowCardinality(String) CODEC(ZSTD(1)),
  token UUID CODEC(ZSTD(1)),
  token_hint LowCardinality(String) CODEC(ZSTD(1)),
  credential_id LowCardinality(String) CODEC(ZSTD(1)),
  consumer LowCardinality(String) CODEC(ZSTD(1)),
  application LowCardinality(String) CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  scopes Array(LowCardinality(String)) CODEC(ZSTD(1)),
  token_issued_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  token_expires_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  ip IPv6 CODEC(ZSTD(1)),
  prefix LowCardinality(String) CODEC(ZSTD(1)),
  asn UInt32 CODEC(ZSTD(1)),
  country LowCardinality(String) CODEC(ZSTD(1)),
  network_type LowCardinality(String) CODEC(ZSTD(1)),
  gateway LowCardinality(String) CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  host LowCardinality(String) CODEC(ZSTD(1)),
  route LowCardinality(String) CODEC(ZSTD(1)),
  path String CODEC(ZSTD(1)),
  object_key Nullable(UInt64) CODEC(ZSTD(1)),
  status UInt16 CODEC(ZSTD(1)),
  auth_outcome LowCardinality(String) CODEC(ZSTD(1)),
  latency_ms Nullable(UInt32) CODEC(T64, ZSTD(1)),
  bytes_in Nullable(UInt64) CODEC(T64, ZSTD(1)),
  bytes_out Nullable(UInt64) CODEC(T64, ZSTD(1)),
  llm_tokens_in Nullable(UInt64) CODEC(T64, ZSTD(1)),
  llm_tokens_out Nullable(UInt64) CODEC(T64, ZSTD(1)),
  cost_usd Nullable(Float64) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  user_agent LowCardinality(String) CODEC(ZSTD(1)),
  client LowCardinality(String) CODEC(ZSTD(1)),
  ja3 LowCardinality(String) CODEC(ZSTD(1)),
  request_id String CODEC(ZSTD(1)),
  leaks Array(LowCardinality(String)) CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  source_partition UInt16 CODEC(ZSTD(1)),
  source_offset UInt64 CODEC(T64, ZSTD(1)),
  source_index UInt16 CODEC(T64, ZSTD(1)),
  ingest_date Date CODEC(ZSTD(1)),
  PROJECTION watermark (
    SELECT source, source_partition, max(source_offset), count()
    GROUP BY source, source_partition
  )
) ENGINE = MergeTree
PARTITION BY ingest_date
ORDER BY (token, ts)
TTL ingest_date + INTERVAL {retention_days} DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 0
