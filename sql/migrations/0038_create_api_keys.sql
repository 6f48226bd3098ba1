-- Keys of the HTTP API: name and hash, never the key. The newest row of an id wins; read with FINAL.
CREATE TABLE IF NOT EXISTS api_keys
(
    id String,
    name String,
    hash String,
    created_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY id
