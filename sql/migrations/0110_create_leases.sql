-- Who may do what alone, and which processes live: one row per name and holder, the highest sequence wins.
-- A lease is over when its time is, by the server's clock; its rows go a day later.
CREATE TABLE IF NOT EXISTS leases
(
    name LowCardinality(String),
    holder String,
    sequence UInt64,
    held_until DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(sequence)
ORDER BY (name, holder)
TTL toDateTime(held_until) + INTERVAL 1 DAY
