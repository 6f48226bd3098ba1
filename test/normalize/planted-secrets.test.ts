import { expect, test } from 'vitest'
import { createLeakFinder } from '../support/leak-finder.ts'
import { aNormalizer, receivedMs } from '../support/normalize.ts'
import { plantedRecords } from '../support/planted-records.ts'
import { plantedSecrets, secretIssuers } from '../support/planted-secrets.ts'

test('the finder sees a secret in any case and encoding, and none in ordinary text', () => {
  const secrets = plantedSecrets(1, 2)
  const find = createLeakFinder(secrets)
  for (const { value, issuer } of secrets) {
    const once = encodeURIComponent(value)
    const forms = [
      ...[value, once, encodeURIComponent(once), value.toUpperCase(), value.slice(-14)],
      ...['', 'x', 'xy'].map(start => Buffer.from(`${start}${value}`).toString('base64')),
      [...value].map(char => `%${char.charCodeAt(0).toString(16)}`).join(''),
    ]
    for (const form of forms) {
      const issuers = find(`before ${form} after`).map(leak => leak.issuer)
      expect(issuers, form).toContain(issuer)
    }
  }
  expect(find('GET /v1/orders/1001 HTTP/1.1 acme-client/1.2 sk_live_… glpat-… AKIA')).toEqual([])
})

test('no secret of any issuer survives in any place of any format', () => {
  expect(secretIssuers.length).toBeGreaterThan(50)
  const secrets = plantedSecrets(2, 1)
  const find = createLeakFinder(secrets)
  const { run } = aNormalizer()
  const leaks = plantedRecords(secrets, {
    startMs: receivedMs - 86_400_000,
    isEveryFormat: true,
  }).flatMap(({ line, place, format }) =>
    find(JSON.stringify(run(line))).map(leak => ({ place, format, ...leak })),
  )
  expect(leaks).toEqual([])
})
