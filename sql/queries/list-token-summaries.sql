-- Tokens with what is known of them, and their active incidents. Made of the smallest rollup.
-- {conditions} and {order} are chosen from fixed texts; every value is a parameter.
SELECT
  lower(hex(usage.token)),
  usage.entity,
  usage.token_hint,
  usage.credential_id,
  usage.consumer,
  usage.application,
  usage.tenant,
  usage.events,
  usage.refused,
  toUnixTimestamp64Milli(usage.first_ts),
  toUnixTimestamp64Milli(usage.last_ts),
  ifNull(active.risk, 0),
  ifNull(active.incidents, 0)
FROM (
  SELECT
    token,
    max(client.entity) AS entity,
    max(client.token_hint) AS token_hint,
    max(client.credential_id) AS credential_id,
    max(client.consumer) AS consumer,
    max(client.application) AS application,
    max(client.tenant) AS tenant,
    sum(client.events) AS events,
    sum(client.failed + client.denied + client.throttled) AS refused,
    min(client.first_ts) AS first_ts,
    max(client.last_ts) AS last_ts
  FROM token_client AS client
  {conditions}
  GROUP BY token
) AS usage
LEFT JOIN (
  SELECT token, max(current_incidents.risk) AS risk, count() AS incidents
  FROM current_incidents
  WHERE state IN ('open', 'acknowledged')
  GROUP BY token
) AS active ON active.token = usage.token
{filters}
ORDER BY {order}, usage.token
LIMIT {limit:UInt32}
