-- One row per step in an incident's life, with the whole incident as it is after the step: the current
-- incident is the row with the highest version, its history is all of them. Nothing is ever updated.
-- ORDER BY (incident_id, version): both are deterministic, a step written twice is one row; read with FINAL.
-- Evidence is Nested: ARRAY JOIN gives one row per detector, without parsing JSON.
CREATE TABLE IF NOT EXISTS incident_events
(
    id String,
    at DateTime64(3, 'UTC'),
    kind LowCardinality(String),
    incident_id String,
    version UInt32,
    state LowCardinality(String),
    entity LowCardinality(String),
    token UUID,
    token_hint String,
    credential_id String,
    consumer String,
    application LowCardinality(String),
    tenant LowCardinality(String),
    severity LowCardinality(String),
    risk Float64,
    surprise Float64,
    title String,
    detectors Array(LowCardinality(String)),
    evidence Nested
    (
        detector LowCardinality(String),
        observed Float64,
        expected Float64,
        surprise Float64,
        contribution Float64,
        seen Array(String),
        sentence String,
        history String
    ),
    trigger_ip String,
    trigger_prefix String,
    trigger_asn UInt32,
    trigger_country LowCardinality(String),
    trigger_network_type LowCardinality(String),
    trigger_client String,
    trigger_method LowCardinality(String),
    trigger_route String,
    trigger_status UInt16,
    trigger_gateway LowCardinality(String),
    trigger_node LowCardinality(String),
    finding_ids Array(String),
    finding_count UInt32,
    first_ts DateTime64(3, 'UTC'),
    last_ts DateTime64(3, 'UTC'),
    opened_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    actor String,
    note String
)
ENGINE = ReplacingMergeTree
ORDER BY (incident_id, version)
SETTINGS index_granularity = 1024
