import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a key may do: everything, or send events. */
type KeyRole = 'admin' | 'ingest'

/** Who asks: the name goes into the audit log and, for events, into the limits of the sender. */
export interface Principal {
  readonly id: string
  readonly name: string
  readonly role: KeyRole
}

/** A key as it is kept: its SHA-256, never the key. */
interface StoredApiKey {
  readonly id: string
  readonly name: string
  /** SHA-256 of the key, 64 hex digits. A key has 256 random bits: a slow hash would add nothing. */
  readonly hash: string
  readonly createdMs: number
}

/** What the keyring asks of a store. */
export interface ApiKeyStore {
  put(key: StoredApiKey): Promise<void>
  all(): Promise<readonly StoredApiKey[]>
}

export interface Keyring {
  /** Reads the stored keys; before the server listens. */
  load(): Promise<void>
  /** Whose key this is. Compares with every key in constant time. */
  find(presented: string): Principal | undefined
  has(role: KeyRole): boolean
  readonly size: number
  /** Makes a key, stores its hash, and returns the key: the only time that anybody sees it. */
  create(role: KeyRole, name: string): Promise<{ readonly key: string; readonly owner: Principal }>
}

interface KeptKey {
  readonly digest: Buffer
  readonly owner: Principal
}

const digestOf = (key: string) => createHash('sha256').update(key).digest()

/** The id of a stored key says what it may do, so that a role cannot be lost on the way. */
const idPrefix: Readonly<Record<KeyRole, string>> = { admin: 'admin-', ingest: 'ingest-' }

/**
 * The keys of the HTTP API: stored ones, and those that the operator set.
 *
 * @param deps.adminKey - from the settings, empty for none
 * @param deps.ingestKeys - from the settings, each `name=key`
 */
export function createKeyring(deps: {
  readonly apiKeys: ApiKeyStore
  readonly adminKey: string
  readonly ingestKeys: readonly string[]
  readonly clock: () => number
}): Keyring {
  const { apiKeys, clock } = deps
  const kept = new Map<string, KeptKey>()
  const keep = (owner: Principal, digest: Buffer) => kept.set(owner.id, { owner, digest })

  if (deps.adminKey !== '') {
    keep({ id: 'setting-admin', name: 'admin', role: 'admin' }, digestOf(deps.adminKey))
  }
  for (const [at, pair] of deps.ingestKeys.entries()) {
    const split = pair.indexOf('=')
    const owner: Principal = { id: `setting-${at}`, name: pair.slice(0, split), role: 'ingest' }
    keep(owner, digestOf(pair.slice(split + 1)))
  }

  return {
    async load() {
      for (const { id, name, hash } of await apiKeys.all()) {
        const role = id.startsWith(idPrefix.admin) ? 'admin' : 'ingest'
        const digest = Buffer.from(hash, 'hex')
        // A hash of another length never matches, and would make the comparison throw.
        if (digest.length === 32) keep({ id, name, role }, digest)
      }
    },
    find(presented) {
      const digest = digestOf(presented)
      let found: Principal | undefined
      for (const key of kept.values()) {
        if (timingSafeEqual(key.digest, digest)) found = key.owner
      }
      return found
    },
    has: role => [...kept.values()].some(({ owner }) => owner.role === role),
    get size() {
      return kept.size
    },
    async create(role, name) {
      const key = `twk_${randomBytes(32).toString('base64url')}`
      const owner = { id: `${idPrefix[role]}${randomBytes(8).toString('hex')}`, name, role }
      const digest = digestOf(key)
      await apiKeys.put({ id: owner.id, name, hash: digest.toString('hex'), createdMs: clock() })
      keep(owner, digest)
      return { key, owner }
    },
  }
}
