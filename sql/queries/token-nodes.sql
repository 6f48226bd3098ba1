-- Through which gateway nodes, and with which clients, one token is used, most used first.
SELECT gateway, node, client,
       sum(token_client.events) AS events, sum(failed + denied + throttled) AS refused,
       toUnixTimestamp64Milli(min(token_client.first_ts)), toUnixTimestamp64Milli(max(token_client.last_ts))
FROM token_client
WHERE token = {token:UUID}
GROUP BY gateway, node, client
ORDER BY events DESC, gateway, node, client
LIMIT {limit:UInt32}
