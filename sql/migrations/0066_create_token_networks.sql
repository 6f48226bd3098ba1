-- Networks of a token, for good: since when, until when, how much. New networks of a day are those whose
-- first_ts is on it; is_first_network tells the one that a token began with from those it added.
CREATE OR REPLACE VIEW token_networks AS
SELECT
  token,
  prefix,
  max(token_prefix.country) AS country,
  max(token_prefix.asn) AS asn,
  max(token_prefix.network_type) AS network_type,
  min(token_prefix.first_ts) AS first_ts,
  max(token_prefix.last_ts) AS last_ts,
  sum(token_prefix.events) AS events,
  sum(token_prefix.refused) AS refused,
  sum(token_prefix.bytes_out_sum) AS bytes_out,
  min(min(token_prefix.first_ts)) OVER (PARTITION BY token) = min(token_prefix.first_ts) AS is_first_network
FROM token_prefix
GROUP BY token, prefix
