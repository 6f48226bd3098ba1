-- How far each stream is that was written today or yesterday (day of ingestion, UTC): its newest event, how
-- long ago that was, and whether the rollups have caught up with the log. behind_offsets is 0 but for moments.
CREATE OR REPLACE VIEW pipeline_delay AS
SELECT
  log.source AS source,
  log.source_partition AS source_partition,
  log.events AS events,
  log.last_offset AS last_offset,
  log.newest_event_ts AS newest_event_ts,
  dateDiff('second', log.newest_event_ts, now64(3)) AS seconds_since_newest_event,
  log.last_offset - rollup.last_offset AS behind_offsets,
  letters.dead_letters AS dead_letters
FROM (
  SELECT
    source,
    source_partition,
    count() AS events,
    toInt64(max(source_offset)) AS last_offset,
    max(ts) AS newest_event_ts
  FROM access_events
  WHERE ingest_date >= today() - 1
  GROUP BY source, source_partition
) AS log
LEFT JOIN (
  SELECT source, source_partition, toInt64(max(token_5m.last_offset)) AS last_offset
  FROM token_5m
  WHERE ingest_date >= today() - 1
  GROUP BY source, source_partition
) AS rollup USING (source, source_partition)
LEFT JOIN (
  SELECT source, source_partition, uniqExact(source_offset, source_index) AS dead_letters
  FROM dead_letters
  WHERE received_at >= today() - 1
  GROUP BY source, source_partition
) AS letters USING (source, source_partition)
