-- From where calls came on a day (UTC), by country, autonomous system and type of network.
-- Reads the event log: give it a range of days.
CREATE OR REPLACE VIEW network_trends AS
SELECT
  toDate(ts) AS day,
  access_events.tenant AS tenant,
  access_events.country AS country,
  access_events.asn AS asn,
  access_events.network_type AS network_type,
  count() AS events,
  countIf(auth_outcome != 'ok') AS refused,
  uniqExact(token) AS tokens,
  uniqExact(prefix) AS prefixes,
  sum(ifNull(access_events.bytes_out, 0)) AS bytes_out
FROM access_events
GROUP BY day, tenant, country, asn, network_type
