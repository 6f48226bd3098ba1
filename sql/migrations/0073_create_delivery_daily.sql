-- How alerts were delivered on a day (UTC): attempts and what came of them, by channel.
CREATE OR REPLACE VIEW delivery_daily AS
SELECT
  toDate(at) AS day,
  channel,
  count() AS attempts,
  countIf(outcome = 'delivered') AS delivered,
  countIf(outcome = 'retrying') AS retrying,
  countIf(outcome = 'failed') AS failed
FROM deliveries FINAL
GROUP BY day, channel
