import Value from 'typebox/value'

import type { AccessEvent } from '../../src/domain/access-event.ts'
import type { Reject } from '../../src/domain/reject.ts'
import type { NetworkFacts } from '../../src/normalize/network-lookup.ts'
import { createNormalizer, type RawRecord } from '../../src/normalize/normalizer.ts'
import { NormalizeSettings } from '../../src/normalize/settings.ts'

/** One day after the youngest fixture. */
export const receivedMs = Date.UTC(2026, 11, 1)

/** A small world: documentation addresses in documentation networks. */
const networks: readonly (readonly [start: string, facts: NetworkFacts])[] = [
  ['198.51.100.', { asn: 64_496, country: 'DE', networkType: 'unknown' }],
  ['203.0.113.', { asn: 64_500, country: 'US', networkType: 'hosting' }],
  ['192.0.2.', { asn: 64_501, country: 'FR', networkType: 'mobile' }],
  ['2001:db8:', { asn: 64_502, country: 'NL', networkType: 'unknown' }],
  ['10.', { asn: 0, country: '', networkType: 'private' }],
]
const unknownNetwork: NetworkFacts = { asn: 0, country: '', networkType: 'unknown' }

export const documentationNetworks = {
  find: (ip: string) => networks.find(([start]) => ip.startsWith(start))?.[1] ?? unknownNetwork,
}

/** Defaults of the schema, with changes. */
export function normalizeSettings(changes: Partial<NormalizeSettings> = {}): NormalizeSettings {
  return { ...Value.Create(NormalizeSettings), ...changes }
}

export const testFingerprintKey = Buffer.from('test-key-of-32-bytes-for-tests!!')

/** A normalizer with documentation networks and one function that gives all results of a record. */
export function aNormalizer(
  settings: Partial<NormalizeSettings> = {},
  deps: Partial<Parameters<typeof createNormalizer>[0]> = {},
) {
  const normalizer = createNormalizer({
    fingerprintKey: testFingerprintKey,
    networks: documentationNetworks,
    settings: normalizeSettings(settings),
    ...deps,
  })
  let offset = 0
  return {
    ...normalizer,
    /** Events and rejects of one record, in order. */
    run(content: RawRecord['content'], changes: Partial<RawRecord> = {}) {
      const results: (AccessEvent | Reject)[] = []
      const sink = {
        event: (event: AccessEvent) => results.push(event),
        reject: (reject: Reject) => results.push(reject),
      }
      const record = { source: 'test', partition: 0, offset, receivedMs, content, ...changes }
      offset += 1
      normalizer.normalize(record, sink)
      return results
    },
  }
}

/** The one event of a record; fails on anything else. */
export function eventOf(results: readonly (AccessEvent | Reject)[]): AccessEvent {
  const [event] = results
  if (results.length !== 1 || event === undefined || 'reason' in event) {
    throw new Error(`Expected one event, got ${JSON.stringify(results)}`)
  }
  return event
}
