-- 1 for a snapshot with all tokens that were in memory: what is older, and not in it, has been forgotten.
ALTER TABLE baseline_snapshots
    ADD COLUMN IF NOT EXISTS is_full UInt8 DEFAULT 0 AFTER token_rows
