-- Endpoints of one token, most used first: one range of the rollup.
SELECT method, route, events, refused,
       toUnixTimestamp64Milli(first_ts), toUnixTimestamp64Milli(last_ts)
FROM token_endpoints
WHERE token = {token:UUID}
ORDER BY events DESC, method, route
LIMIT {limit:UInt32}
