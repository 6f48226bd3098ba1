-- Process that carries the action out: when it has died, another one goes on.
ALTER TABLE actions
    ADD COLUMN IF NOT EXISTS owner String DEFAULT '' AFTER attempts
