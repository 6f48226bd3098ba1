-- One row per complete snapshot of a stream, with the state of the population; written after its token_baselines.
-- ORDER BY (source, source_partition, taken_at): the newest snapshot of a stream is read first at start.
CREATE TABLE IF NOT EXISTS baseline_snapshots
(
    source String,
    source_partition UInt16,
    source_offset Int64,
    snapshot_id String,
    taken_at DateTime64(3, 'UTC'),
    scorer_version String,
    token_rows UInt32,
    population_day Float64,
    largest_ts_ms Float64,
    population_days Float64,
    token_days Float64,
    class_surprises Array(Float64),
    class_hours Array(Float64),
    dispersion_weight Array(Float64),
    dispersion_excess Array(Float64),
    dispersion Array(Float64),
    group_name Array(String),
    group_state Array(Float64),
    calibrator_days Array(Float64),
    calibrator_today Array(Float64),
    known_key Array(Float64),
    known_first_s Array(UInt32),
    known_last_day Array(UInt16),
    known_count Array(UInt16),
    known_by Array(UInt32),
    known_hand Float64,
    source_key Array(Float64),
    source_day Array(UInt16),
    source_token_owner Array(UInt32),
    source_token Array(String),
    source_refused_owner Array(UInt32),
    source_refused Array(UInt32)
)
ENGINE = MergeTree
ORDER BY (source, source_partition, taken_at)
