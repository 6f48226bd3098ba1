-- One row per decision, also of those not to act. Kept without limit: few rows, and the proof of who did what.
-- ORDER BY (subject, id): what happened to one thing is one range; an entry written twice is one row.
CREATE TABLE IF NOT EXISTS audit_log
(
    id String,
    at DateTime64(3, 'UTC'),
    actor String,
    verb LowCardinality(String),
    subject String,
    tenant LowCardinality(String),
    detail String,
    INDEX by_at at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (subject, id)
SETTINGS index_granularity = 1024
