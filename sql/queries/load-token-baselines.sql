-- The newest row of each token of one stream, for a range of tokens, among the snapshots that were committed.
-- The inner query reads three narrow columns; the wide ones are read for the rows that it names.
-- A save that was repeated may have left a row twice: hence LIMIT 1 BY.
SELECT {columns}
FROM token_baselines
PREWHERE source = {source:String}
  AND source_partition = {partition:UInt16}
  AND token >= {from:String}
  AND token < {to:String}
  AND (token, snapshot_id) IN (
    SELECT token, argMax(snapshot_id, (source_offset, snapshot_id))
    FROM token_baselines
    WHERE source = {source:String}
      AND source_partition = {partition:UInt16}
      AND token >= {from:String}
      AND token < {to:String}
      AND snapshot_id IN {ids:Array(String)}
    GROUP BY token
  )
LIMIT 1 BY token
FORMAT Native
