-- Outbox of the response: one row per state that an action went through, written before a call is tried
-- and after. The current action is the row with the highest version.
-- ORDER BY (id, version): a version written twice is one row; read with FINAL.
CREATE TABLE IF NOT EXISTS actions
(
    id String,
    version UInt32,
    incident_id String,
    kind LowCardinality(String),
    mode LowCardinality(String),
    state LowCardinality(String),
    revoker LowCardinality(String),
    token UUID,
    token_hint String,
    credential_id String,
    consumer String,
    application LowCardinality(String),
    tenant LowCardinality(String),
    gateway LowCardinality(String),
    rule String,
    reason String,
    actor String,
    attempts UInt32,
    last_outcome String,
    requested_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    effective_at Nullable(DateTime64(3, 'UTC'))
)
ENGINE = ReplacingMergeTree
ORDER BY (id, version)
SETTINGS index_granularity = 1024
