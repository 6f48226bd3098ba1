-- Networks of one token, most used first: one range of the rollup.
SELECT prefix, asn, country, network_type, events, refused,
       toUnixTimestamp64Milli(first_ts), toUnixTimestamp64Milli(last_ts)
FROM token_networks
WHERE token = {token:UUID}
ORDER BY events DESC, prefix
LIMIT {limit:UInt32}
