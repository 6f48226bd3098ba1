-- With what software, and through which gateway node, a token is used; and whose it is. Few rows per token:
-- the list of all tokens is made of it.
-- Sums, minima and maxima only: they merge exactly. Source and offset tell how far it has come.
CREATE TABLE IF NOT EXISTS token_client (
  token UUID CODEC(ZSTD(1)),
  client LowCardinality(String) CODEC(ZSTD(1)),
  gateway LowCardinality(String) CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  entity SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  token_hint SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  credential_id SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  consumer SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  application SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  tenant SimpleAggregateFunction(max, LowCardinality(String)) CODEC(ZSTD(1)),
  first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  last_ts SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  failed SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  denied SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  throttled SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  bytes_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  source_partition UInt16 CODEC(ZSTD(1)),
  last_offset SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
  PROJECTION watermark (
    SELECT source, source_partition, max(last_offset), count()
    GROUP BY source, source_partition
  )
) ENGINE = AggregatingMergeTree
ORDER BY (token, client, gateway, node, source, source_partition)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
