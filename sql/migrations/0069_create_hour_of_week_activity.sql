-- When in the week a token is used, in UTC. day_of_week 1 is Monday.
CREATE OR REPLACE VIEW hour_of_week_activity AS
SELECT
  token,
  hour_of_week,
  intDiv(hour_of_week, 24) + 1 AS day_of_week,
  hour_of_week % 24 AS hour,
  sum(token_hour_of_week.events) AS events,
  sum(token_hour_of_week.bytes_out_sum) AS bytes_out,
  max(token_hour_of_week.last_ts) AS last_ts
FROM token_hour_of_week
GROUP BY token, hour_of_week
