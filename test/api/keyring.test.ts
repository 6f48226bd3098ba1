import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ensureAdminKey } from '../../src/api/admin-key.ts'
import { createKeyring } from '../../src/api/keyring.ts'
import { keyStore } from '../support/api.ts'
import { monday } from '../support/records.ts'

const keyringOver = (apiKeys = keyStore(), adminKey = '') =>
  createKeyring({ apiKeys, adminKey, ingestKeys: [], clock: () => monday })

test('the first start makes one admin key, shows it once and keeps its hash only', async () => {
  const apiKeys = keyStore()
  const shown: string[] = []
  const first = keyringOver(apiKeys)
  const key = await ensureAdminKey({ keyring: first, show: made => shown.push(made) })

  expect(shown).toEqual([key])
  expect(key).toMatch(/^twk_[\w-]{43}$/)
  expect(JSON.stringify(apiKeys.rows)).not.toContain(key?.slice(4))
  const hash = createHash('sha256').update(String(key)).digest('hex')
  expect(apiKeys.rows).toMatchObject([{ name: 'admin', hash, createdMs: monday }])

  const second = keyringOver(apiKeys)
  await second.load()
  expect(await ensureAdminKey({ keyring: second, show: made => shown.push(made) })).toBeUndefined()
  expect(shown).toHaveLength(1)
  expect(second.find(String(key))).toMatchObject({ name: 'admin', role: 'admin' })
})

test('an admin key of the operator is used, and none is made', async () => {
  const apiKeys = keyStore()
  const keyring = keyringOver(apiKeys, 'a-key-of-the-operator-0123')
  expect(await ensureAdminKey({ keyring, show: () => undefined })).toBeUndefined()
  expect(apiKeys.rows).toEqual([])
  expect(keyring.find('a-key-of-the-operator-0123')?.role).toBe('admin')
})

test('an ingest key stays one after a restart', async () => {
  const apiKeys = keyStore()
  const { key } = await keyringOver(apiKeys).create('ingest', 'edge')
  const restarted = keyringOver(apiKeys)
  await restarted.load()
  expect(restarted.find(key)).toMatchObject({ name: 'edge', role: 'ingest' })
  expect(restarted.find(`${key}x`)).toBeUndefined()
  expect(restarted.has('admin')).toBe(false)
})

test('a stored hash of another length matches nothing and breaks nothing', async () => {
  const apiKeys = keyStore()
  apiKeys.rows.push({ id: 'admin-1', name: 'odd', hash: 'abcd', createdMs: monday })
  const keyring = keyringOver(apiKeys)
  await keyring.load()
  expect(keyring.find('anything')).toBeUndefined()
})
