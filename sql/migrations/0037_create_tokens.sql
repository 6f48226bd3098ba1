-- The registry: what the operator knows of a token. Found by fingerprint, or by the gateway's credential id
-- (then the fingerprint is zero). The newest row wins; read with FINAL.
CREATE TABLE IF NOT EXISTS tokens
(
    token UUID,
    credential_id String,
    owner String,
    application String,
    tenant LowCardinality(String),
    scopes Array(String),
    scopes_known Bool,
    issued_at Nullable(DateTime64(3, 'UTC')),
    expires_at Nullable(DateTime64(3, 'UTC')),
    revoked_at Nullable(DateTime64(3, 'UTC')),
    is_protected Bool,
    is_honeytoken Bool,
    recorded_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (token, credential_id)
