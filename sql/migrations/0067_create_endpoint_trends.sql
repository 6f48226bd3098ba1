-- What was called on a day (UTC), how often it was refused or failed, and how long it took.
-- Reads the event log: give it a range of days.
CREATE OR REPLACE VIEW endpoint_trends AS
SELECT
  toDate(ts) AS day,
  access_events.tenant AS tenant,
  access_events.method AS method,
  access_events.route AS route,
  count() AS events,
  countIf(auth_outcome != 'ok') AS refused,
  countIf(status >= 500) AS errors,
  uniqExact(token) AS tokens,
  sum(ifNull(access_events.bytes_out, 0)) AS bytes_out,
  quantileTDigest(0.95)(latency_ms) AS latency_ms_p95
FROM access_events
GROUP BY day, tenant, method, route
