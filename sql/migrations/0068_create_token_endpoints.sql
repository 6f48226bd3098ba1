-- Endpoints of a token, for good: since when, until when, how much.
CREATE OR REPLACE VIEW token_endpoints AS
SELECT
  token,
  method,
  route,
  min(token_route.first_ts) AS first_ts,
  max(token_route.last_ts) AS last_ts,
  sum(token_route.events) AS events,
  sum(token_route.refused) AS refused,
  sum(token_route.bytes_out_sum) AS bytes_out
FROM token_route
GROUP BY token, method, route
