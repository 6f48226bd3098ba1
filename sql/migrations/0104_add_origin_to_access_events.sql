-- Where the record of a relayed event stood, in the gateways' topic; an empty source for all other events.
-- Projection origins: how far each origin has come into a stream, without a scan. What was stored before has no
--   origin, so the projection need not be made for it.
ALTER TABLE access_events
    ADD COLUMN IF NOT EXISTS origin_source LowCardinality(String) CODEC(ZSTD(1)) AFTER source_index,
    ADD COLUMN IF NOT EXISTS origin_partition UInt16 CODEC(ZSTD(1)) AFTER origin_source,
    ADD COLUMN IF NOT EXISTS origin_offset UInt64 CODEC(T64, ZSTD(1)) AFTER origin_partition,
    ADD COLUMN IF NOT EXISTS origin_index UInt16 CODEC(T64, ZSTD(1)) AFTER origin_offset,
    ADD PROJECTION IF NOT EXISTS origins (
        SELECT source, source_partition, origin_source, origin_partition,
            max((origin_offset, origin_index)), max(origin_offset), count()
        GROUP BY source, source_partition, origin_source, origin_partition
    )
