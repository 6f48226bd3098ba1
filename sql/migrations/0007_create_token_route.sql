-- Endpoints of a token, for good.
-- Sums, minima and maxima only: they merge exactly. Source and offset tell how far it has come.
CREATE TABLE IF NOT EXISTS token_route (
  token UUID CODEC(ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  route LowCardinality(String) CODEC(ZSTD(1)),
  first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  last_ts SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
  events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  refused SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  bytes_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  source_partition UInt16 CODEC(ZSTD(1)),
  last_offset SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
  PROJECTION watermark (
    SELECT source, source_partition, max(last_offset), count()
    GROUP BY source, source_partition
  )
) ENGINE = AggregatingMergeTree
ORDER BY (token, method, route, source, source_partition)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
