-- One row per finding: evidence worth keeping about one token at one moment, alert or not.
-- ORDER BY (token, ts, id): a token's findings are one range. All three are deterministic, so that a
-- replay writes the same key and merges leave one row; read with FINAL.
-- Evidence is Nested: ARRAY JOIN gives one row per detector, without parsing JSON.
CREATE TABLE IF NOT EXISTS findings
(
    id String,
    ts DateTime64(3, 'UTC'),
    source LowCardinality(String),
    source_partition UInt16,
    source_offset Int64,
    source_index UInt16,
    entity LowCardinality(String),
    token UUID,
    token_hint String,
    credential_id String,
    consumer String,
    application LowCardinality(String),
    tenant LowCardinality(String),
    detectors Array(LowCardinality(String)),
    surprise Float64,
    risk Float64,
    severity LowCardinality(String),
    is_alert Bool,
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
    scorer_version LowCardinality(String),
    recorded_at DateTime('UTC') DEFAULT now(),
    INDEX by_ts ts TYPE minmax GRANULARITY 1,
    INDEX by_id id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (token, ts, id)
TTL recorded_at + INTERVAL 400 DAY
SETTINGS index_granularity = 1024
