-- Which keys name tokens in this store, by ids that tell nothing of the keys: one row each, renewed while it is used.
CREATE TABLE IF NOT EXISTS fingerprint_keys
(
    key_id String,
    used_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(used_at)
ORDER BY key_id
TTL toDateTime(used_at) + INTERVAL 7 DAY
