-- Tells calls that a row has counted from later ones, when events are replayed after a restart.
ALTER TABLE containment
    ADD COLUMN IF NOT EXISTS `nodes.last_refused_at` Array(Nullable(DateTime64(3, 'UTC')))
    AFTER `nodes.first_refused_at`
