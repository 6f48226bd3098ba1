-- One row per action: whether the token was refused afterwards, and by which gateway node.
-- The newest row of an action wins; read with FINAL.
CREATE TABLE IF NOT EXISTS containment
(
    action_id String,
    incident_id String,
    token UUID,
    state LowCardinality(String),
    effective_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    nodes Nested
    (
        gateway LowCardinality(String),
        node LowCardinality(String),
        state LowCardinality(String),
        first_refused_at Nullable(DateTime64(3, 'UTC')),
        last_served_at Nullable(DateTime64(3, 'UTC')),
        served_after_count UInt64,
        refused_count UInt64
    )
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY action_id
SETTINGS index_granularity = 1024
