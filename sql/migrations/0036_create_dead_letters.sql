-- One row per record that became no event: where it stood, why, and the names of its keys. Never a value.
-- ORDER BY the position in the source: a replay writes the same key and merges leave one row; read with FINAL.
-- PARTITION BY the day of receipt: a source of nothing but rejects is dropped by whole parts.
CREATE TABLE IF NOT EXISTS dead_letters
(
    source LowCardinality(String),
    source_partition UInt16,
    source_offset Int64,
    source_index UInt16,
    received_at DateTime64(3, 'UTC') CODEC(T64, ZSTD(1)),
    reason LowCardinality(String),
    format LowCardinality(String),
    field LowCardinality(String),
    keys Array(LowCardinality(String)),
    bytes UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (source, source_partition, source_offset, source_index)
TTL toDateTime(received_at) + INTERVAL 30 DAY
SETTINGS ttl_only_drop_parts = 1
