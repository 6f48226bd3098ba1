import type { Keyring } from './keyring.ts'

/**
 * Makes the one admin key on first start. Call it after `keyring.load()`.
 *
 * @param deps.show - called with the key when one was made: show it now, it is kept as a hash only
 * @returns the new key, or undefined when there is an admin key already
 */
export async function ensureAdminKey(deps: {
  readonly keyring: Keyring
  readonly show: (key: string) => void
}): Promise<string | undefined> {
  if (deps.keyring.has('admin')) return undefined
  const { key } = await deps.keyring.create('admin', 'admin')
  deps.show(key)
  return key
}
