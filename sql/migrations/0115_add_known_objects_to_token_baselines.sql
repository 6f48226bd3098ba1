-- Objects that a token has touched and how many of today were new, and what was last told of it.
ALTER TABLE token_baselines
    ADD COLUMN IF NOT EXISTS told_surprise Float64,
    ADD COLUMN IF NOT EXISTS told_day Float64,
    ADD COLUMN IF NOT EXISTS new_objects_day Float64,
    ADD COLUMN IF NOT EXISTS check_new_objects_day Float64,
    ADD COLUMN IF NOT EXISTS known_objects Array(UInt32)
