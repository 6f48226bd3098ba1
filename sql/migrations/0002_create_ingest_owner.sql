-- Who writes a stream: the row with the greatest (epoch, owner). Every insert carries its owner and is
-- refused when it is not that one, so a replaced process that does not know it yet can do no harm.
CREATE TABLE IF NOT EXISTS ingest_owner (
  source LowCardinality(String),
  source_partition UInt16,
  epoch UInt64,
  owner String,
  taken_at DateTime('UTC') DEFAULT now()
) ENGINE = MergeTree
ORDER BY (source, source_partition)
