import { createTokenBaselinesTable } from '../../src/store/token-baselines.ts'
import { TOPIC } from './round.ts'
import type { Site } from './site.ts'

type Sabotage = (site: Site, database: string) => Promise<void>

const statement =
  (query: (database: string) => string): Sabotage =>
  async ({ storeOf }, database) => {
    const clickhouse_settings = { mutations_sync: '1' } as const
    await storeOf(database).admin.command({ query: query(database), clickhouse_settings })
  }

/**
 * Harm done to what a round has stored, as a broken safeguard would have done it: each must be found. The
 * proof of the proof.
 */
export const sabotages = {
  /** One event is gone, its rollups are right. */
  lose: statement(
    db =>
      `ALTER TABLE ${db}.access_events DELETE WHERE (source_partition, source_offset) IN (SELECT source_partition, max(source_offset) FROM ${db}.access_events GROUP BY source_partition LIMIT 1)`,
  ),
  /** One event is there twice, in its rollups as well. */
  duplicate: statement(
    db => `INSERT INTO ${db}.access_events SELECT * FROM ${db}.access_events LIMIT 1`,
  ),
  /** One insert came into a rollup twice. */
  rollup: statement(db => `INSERT INTO ${db}.token_route SELECT * FROM ${db}.token_route LIMIT 1`),
  finding: statement(
    db => `ALTER TABLE ${db}.findings DELETE WHERE id = (SELECT min(id) FROM ${db}.findings)`,
  ),
  incident: statement(
    db =>
      `INSERT INTO ${db}.incident_events SELECT * REPLACE (concat(incident_id, 'x') AS incident_id) FROM ${db}.incident_events LIMIT 1`,
  ),
  /** One event too many in what was learned of one token. */
  async baseline({ storeOf }, database) {
    const table = createTokenBaselinesTable(storeOf(database))
    const snapshot = await table.load({ source: TOPIC, partition: 0 })
    const row = snapshot?.tokens[0]
    if (snapshot === undefined || row === undefined) throw new Error('nothing was learned')
    const changed = Object.create(row, {
      requests_day: { value: Number(row['requests_day']) + 1 },
    })
    await table.save({ ...snapshot, tokens: [changed] })
  },
} satisfies Record<string, Sabotage>
