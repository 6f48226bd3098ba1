-- One row per HTTP ingest request that is stored: its answer, for a client that sends the same
-- idempotency key again, and the offsets it took, for an instance that starts again. Remembered for two days.
CREATE TABLE IF NOT EXISTS ingest_requests
(
    source LowCardinality(String),
    key String,
    body_hash String,
    first_offset Int64,
    last_offset Int64,
    accepted UInt32,
    rejected UInt32,
    errors Nested
    (
        position UInt32,
        reason LowCardinality(String),
        field LowCardinality(String)
    ),
    at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(at)
ORDER BY (source, key)
TTL toDateTime(at) + INTERVAL 2 DAY
SETTINGS ttl_only_drop_parts = 1
