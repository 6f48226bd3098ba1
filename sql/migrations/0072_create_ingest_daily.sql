-- What each source brought on a day of ingestion (UTC): events stored and records that became none.
CREATE OR REPLACE VIEW ingest_daily AS
SELECT day, source, sum(part.events) AS events, sum(part.dead_letters) AS dead_letters
FROM (
  SELECT ingest_date AS day, source, count() AS events, 0 AS dead_letters
  FROM access_events
  GROUP BY day, source
  UNION ALL
  SELECT
    toDate(received_at) AS day,
    source,
    0 AS events,
    uniqExact(source_partition, source_offset, source_index) AS dead_letters
  FROM dead_letters
  GROUP BY day, source
) AS part
GROUP BY day, source
