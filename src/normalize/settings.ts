import { type Static, Type } from 'typebox'

/** Settings of the normalizer. Limits exist so that no record, however odd, costs more than it may. */
export const NormalizeSettings = Type.Object(
  {
    trustedProxies: Type.Array(Type.String({ maxLength: 60 }), {
      default: [],
      maxItems: 1000,
      description:
        'Networks (CIDR or single addresses) of your own load balancers and proxies. Only behind one of these is X-Forwarded-For believed, from the right; empty believes no header at all.',
    }),
    recordBytesMax: Type.Integer({
      default: 262_144,
      minimum: 1_024,
      maximum: 16_777_216,
      description: 'Longest record in bytes; a longer one is rejected as record_too_long.',
    }),
    recordsPerEnvelopeMax: Type.Integer({
      default: 10_000,
      minimum: 1,
      maximum: 65_536,
      description: 'Most events in one record (a gateway that posts arrays).',
    }),
    envelopeDepthMax: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 8,
      description: 'How many arrays and wrappers may lie around a record.',
    }),
    jsonDepthMax: Type.Integer({
      default: 64,
      minimum: 4,
      maximum: 1_000,
      description: 'A record that no format claims and that nests deeper is rejected as too_deep.',
    }),
    futureMsMax: Type.Integer({
      default: 86_400_000,
      minimum: 0,
      maximum: 31_536_000_000,
      description: 'A record dated later than this after its arrival is rejected, in ms.',
    }),
    clockSkewMsMax: Type.Integer({
      default: 300_000,
      minimum: 0,
      maximum: 86_400_000,
      description:
        'A record dated later than this after its arrival, but not rejected, is given the time of its arrival, in ms.',
    }),
    formatLockRecords: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 10_000,
      description: 'Records in a row of one format after which a source counts as that format.',
    }),
    routesMax: Type.Integer({
      default: 10_000,
      minimum: 100,
      maximum: 1_000_000,
      description:
        'Distinct routes kept of answered calls, and a quarter as many of refused ones; further ones become /{other}, so that a scanner cannot fill memory.',
    }),
    cacheEntriesMax: Type.Integer({
      default: 200_000,
      minimum: 100,
      maximum: 2_000_000,
      description:
        'Entries in each look-up cache (tokens, addresses, paths, agents), some 300 bytes each, and of their texts 256 characters each on average at most. With fewer than twice as many as there are active tokens, many calls are looked up anew, which costs processor time.',
    }),
    defaultTenant: Type.String({
      default: 'default',
      minLength: 1,
      maxLength: 100,
      description: 'Tenant of an event for which neither log nor registry names one.',
    }),
  },
  { description: 'How records become events.' },
)
export type NormalizeSettings = Static<typeof NormalizeSettings>
