-- What language models cost a key today, and how many tokens they read and wrote for it.
ALTER TABLE token_baselines
    ADD COLUMN IF NOT EXISTS cost_day Float64,
    ADD COLUMN IF NOT EXISTS check_cost_day Float64,
    ADD COLUMN IF NOT EXISTS model_tokens_day Float64,
    ADD COLUMN IF NOT EXISTS check_model_tokens_day Float64
