-- One row per attempt to deliver an alert: what was tried when, and what came of it.
-- ORDER BY (incident_id, id): an attempt written twice is one row.
CREATE TABLE IF NOT EXISTS deliveries
(
    id String,
    incident_id String,
    incident_version UInt32,
    channel LowCardinality(String),
    attempt UInt32,
    at DateTime64(3, 'UTC'),
    outcome LowCardinality(String),
    detail String,
    INDEX by_at at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (incident_id, id)
TTL toDateTime(at) + INTERVAL 400 DAY
SETTINGS index_granularity = 1024
