-- When in the week a token is used, in UTC: hour 0 is Monday from 00:00 to 01:00.
-- Sums, minima and maxima only: they merge exactly. Source and offset tell how far it has come.
CREATE TABLE IF NOT EXISTS token_hour_of_week (
  token UUID CODEC(ZSTD(1)),
  hour_of_week UInt8 CODEC(ZSTD(1)),
  events SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  bytes_out_sum SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
  last_ts SimpleAggregateFunction(max, DateTime('UTC')) CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  source_partition UInt16 CODEC(ZSTD(1)),
  last_offset SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
  PROJECTION watermark (
    SELECT source, source_partition, max(last_offset), count()
    GROUP BY source, source_partition
  )
) ENGINE = AggregatingMergeTree
ORDER BY (token, hour_of_week, source, source_partition)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
