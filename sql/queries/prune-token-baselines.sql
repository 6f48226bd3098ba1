-- Drops rows of one stream that a newer committed snapshot of the same token supersedes, and those of saves
-- that never got their commit row. Rows written after {newest} belong to a save that may still be under way.
ALTER TABLE token_baselines
DELETE WHERE source = {source:String}
  AND source_partition = {partition:UInt16}
  AND snapshot_id <= {newest:String}
  AND (token, snapshot_id) NOT IN (
    SELECT token, argMax(snapshot_id, (source_offset, snapshot_id))
    FROM token_baselines
    WHERE source = {source:String}
      AND source_partition = {partition:UInt16}
      AND snapshot_id IN {ids:Array(String)}
    GROUP BY token
  )
