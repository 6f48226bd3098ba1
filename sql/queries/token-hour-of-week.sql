-- Calls of one token by hour of the week; hours without any are absent.
SELECT hour_of_week, events
FROM hour_of_week_activity
WHERE token = {token:UUID}
ORDER BY hour_of_week
LIMIT 168
