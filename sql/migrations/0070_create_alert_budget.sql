-- What the alerts of a day (UTC) of event time promised, and what came. A finding's surprise is -ln of the
-- share of normal token-days that reach it: so among the tokens active on a day, the lowest alert of that day
-- promises active_tokens * exp(-threshold_surprise) tokens that are alerted by chance. More than promised are
-- attacks, or a calibration that is off: false_positives (by judgment, of incidents that began on the day)
-- tells which.
CREATE OR REPLACE VIEW alert_budget AS
SELECT
  traffic.day AS day,
  traffic.active_tokens AS active_tokens,
  found.findings AS findings,
  found.alerts AS alerts,
  found.alerted_tokens AS alerted_tokens,
  found.threshold_surprise AS threshold_surprise,
  if(found.alerts = 0, 0, traffic.active_tokens * exp(-found.threshold_surprise)) AS promised_false_tokens,
  judged.incidents AS incidents,
  judged.false_positives AS false_positives
FROM (
  SELECT toDate(bucket_start) AS day, uniqExact(token) AS active_tokens
  FROM token_5m
  GROUP BY day
) AS traffic
LEFT JOIN (
  SELECT
    toDate(ts) AS day,
    count() AS findings,
    countIf(is_alert) AS alerts,
    uniqExactIf(token, is_alert) AS alerted_tokens,
    minIf(surprise, is_alert) AS threshold_surprise
  FROM findings FINAL
  GROUP BY day
) AS found ON found.day = traffic.day
LEFT JOIN (
  SELECT
    toDate(first_ts) AS day,
    count() AS incidents,
    countIf(state = 'false_positive') AS false_positives
  FROM current_incidents
  GROUP BY day
) AS judged ON judged.day = traffic.day
