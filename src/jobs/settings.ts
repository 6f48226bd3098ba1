import { type Static, Type } from 'typebox'

const cron = (expression: string, description: string) =>
  Type.String({
    default: expression,
    description: `${description} A cron expression; empty switches it off.`,
  })

/** When the recurring jobs run. */
export const JobSettings = Type.Object(
  {
    timezone: Type.String({
      default: 'UTC',
      description: 'IANA time zone of the schedules below.',
    }),
    snapshot: cron(
      '*/5 * * * *',
      'Saves the baselines that changed, so that a restart replays minutes only.',
    ),
    fullSnapshot: cron(
      '17 3 * * *',
      'Saves all baselines and drops the snapshots that this one supersedes.',
    ),
    retention: cron('41 2 * * *', 'Drops stored rows that are older than their retention.'),
    digest: cron('0 7 * * *', 'Sends the daily digest by email, when email is configured.'),
  },
  { description: 'Recurring jobs. No job starts again while its last run goes on.' },
)
export type JobSettings = Static<typeof JobSettings>
