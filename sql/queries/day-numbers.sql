-- What happened on one day (UTC), for the digest: calls and tokens from the rollup, findings and actions.
SELECT
  (SELECT sum(events) FROM token_5m WHERE bucket_start >= {day:Date} AND bucket_start < {day:Date} + 1),
  (SELECT uniqExact(token) FROM token_5m WHERE bucket_start >= {day:Date} AND bucket_start < {day:Date} + 1),
  (SELECT uniqExact(id) FROM findings WHERE ts >= {day:Date} AND ts < {day:Date} + 1),
  (SELECT uniqExact(id) FROM actions WHERE requested_at >= {day:Date} AND requested_at < {day:Date} + 1)
