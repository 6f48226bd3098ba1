import { type Static, Type } from 'typebox'

export const ScoreSettings = Type.Object({
  alertBudgetPer1000TokenDays: Type.Number({
    default: 1,
    minimum: 0.01,
    maximum: 100,
    description:
      'False alerts per 1,000 active token-days that the team will stand. The one knob of detection: there are no thresholds per detector.',
  }),
  findingsFloor: Type.Number({
    default: 1.6,
    minimum: 0.5,
    maximum: 12,
    description:
      'Weaker findings are not kept: -ln of the share of normal token-days that score as high (1.6: one in five).',
  }),
  lateMinutes: Type.Number({
    default: 10,
    minimum: 0,
    maximum: 1440,
    description:
      'An event that far behind its token is late: it counts for what is new and for failures, never for rates. Days of the population end that long after midnight UTC.',
  }),
  graceMinutes: Type.Number({
    default: 5,
    minimum: 0,
    maximum: 1440,
    description:
      'Clock skew and gateway caches: use that shortly after a revocation or expiry is no proof of theft.',
  }),
  tokensMax: Type.Integer({
    default: 200_000,
    minimum: 100,
    maximum: 20_000_000,
    description:
      'Tokens of one stream (a partition, or HTTP) with a baseline in memory, 3 KB each, and as much again while they are loaded. Beyond it the stalest are forgotten, those with the shortest past first.',
  }),
  peerGroupsMax: Type.Integer({
    default: 2_000,
    minimum: 1,
    maximum: 100_000,
    description:
      'Tenants of one stream with priors of their own; tokens of further ones lean on everyone. 8 KB each.',
  }),
  knownValuesMax: Type.Integer({
    default: 100_000,
    minimum: 1_000,
    maximum: 2_000_000,
    description: 'Networks, countries, endpoints and clients remembered over all peer groups.',
  }),
  sourcesMax: Type.Integer({
    default: 50_000,
    minimum: 100,
    maximum: 1_000_000,
    description:
      'Prefixes of today that surprised a token or were refused one, for cross-token evidence.',
  }),
})
export type ScoreSettings = Static<typeof ScoreSettings>
