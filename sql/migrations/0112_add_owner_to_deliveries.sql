-- Process that makes the next attempt: when it has died, another one goes on.
ALTER TABLE deliveries
    ADD COLUMN IF NOT EXISTS owner String DEFAULT '' AFTER attempt
