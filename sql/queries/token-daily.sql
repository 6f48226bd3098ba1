-- The last days on which one token was used, newest first.
SELECT toUnixTimestamp(toDateTime(day, 'UTC')) * 1000, events, refused, bytes_out
FROM token_daily
WHERE token = {token:UUID}
ORDER BY day DESC
LIMIT {limit:UInt32}
