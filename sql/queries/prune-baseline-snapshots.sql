-- Drops the commit rows of snapshots of one stream of which no token's row is left; never the latest one's.
ALTER TABLE baseline_snapshots
DELETE WHERE source = {source:String}
  AND source_partition = {partition:UInt16}
  AND snapshot_id <= {newest:String}
  AND snapshot_id != {latest:String}
  AND snapshot_id NOT IN (
    SELECT DISTINCT snapshot_id
    FROM token_baselines
    WHERE source = {source:String} AND source_partition = {partition:UInt16}
  )
