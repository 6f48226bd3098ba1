import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprintKey } from '../../src/config/fingerprint-key.ts'

const aFolder = () => mkdtempSync(join(tmpdir(), 'fingerprint-key-'))

test('a key is made once, readable by its owner only', () => {
  const dataDir = join(aFolder(), 'new')
  const first = fingerprintKey({ setting: '', dataDir })
  expect(first).toHaveLength(32)
  expect(fingerprintKey({ setting: '', dataDir })).toEqual(first)
  expect(statSync(join(dataDir, 'fingerprint.key')).mode & 0o777).toBe(0o600)
})

test('a setting wins over the file and must be long enough', () => {
  const setting = 'ab'.repeat(16)
  expect(fingerprintKey({ setting, dataDir: aFolder() })).toEqual(Buffer.from(setting, 'hex'))
  expect(() => fingerprintKey({ setting: 'abcd', dataDir: aFolder() })).toThrow(
    /identity\.fingerprintKey/,
  )
})

test('a data folder that is a file is the fault of the set-up, with its path', () => {
  const dataDir = join(aFolder(), 'file')
  writeFileSync(dataDir, '')
  expect(() => fingerprintKey({ setting: '', dataDir })).toThrow(/fingerprint\.key: cannot be used/)
})
