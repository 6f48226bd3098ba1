-- Fills token_client; its SELECT also repairs it, limited to the offsets that are missing.
CREATE MATERIALIZED VIEW IF NOT EXISTS token_client_mv TO token_client AS
SELECT
  token,
  client,
  gateway,
  node,
  max(entity) AS entity,
  max(token_hint) AS token_hint,
  max(credential_id) AS credential_id,
  max(consumer) AS consumer,
  max(application) AS application,
  max(tenant) AS tenant,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  count() AS events,
  countIf(auth_outcome = 'failed') AS failed,
  countIf(auth_outcome = 'denied') AS denied,
  countIf(auth_outcome = 'throttled') AS throttled,
  countIf(status >= 500) AS errors,
  sum(ifNull(bytes_out, 0)) AS bytes_out_sum,
  source,
  source_partition,
  max(source_offset) AS last_offset
FROM access_events
GROUP BY token, client, gateway, node, source, source_partition
