-- The incidents of a few tokens are read before a finding is added to one.
ALTER TABLE incident_events
    ADD INDEX IF NOT EXISTS by_token token TYPE bloom_filter GRANULARITY 1
