-- Calls, refused calls and findings of all tokens by hour, from {sinceMs} on; hours without any are absent.
SELECT hour, sum(part.events) AS events, sum(part.refused) AS refused, sum(part.findings) AS findings
FROM (
  SELECT
    toUnixTimestamp(toStartOfHour(bucket_start)) AS hour,
    sum(token_5m.events) AS events,
    sum(failed + denied + throttled) AS refused,
    0 AS findings
  FROM token_5m
  WHERE bucket_start >= fromUnixTimestamp64Milli({sinceMs:Int64})
  GROUP BY hour
  UNION ALL
  SELECT toUnixTimestamp(toStartOfHour(ts)) AS hour, 0, 0, uniqExact(id) AS findings
  FROM findings
  WHERE ts >= fromUnixTimestamp64Milli({sinceMs:Int64})
  GROUP BY hour
) AS part
GROUP BY hour
ORDER BY hour
LIMIT 10000
