import type { Fingerprint } from '../domain/access-event.ts'
import type { RegisteredToken, TokenRegistry } from '../domain/registered-token.ts'

/** A registry that can be filled and changed while it is in use; the later entry of a credential wins. */
export interface MutableTokenRegistry extends TokenRegistry {
  put(tokens: readonly RegisteredToken[]): void
  readonly size: number
}

/** Index of registered tokens by fingerprint and by credential id; both look-ups are one Map access. */
export function createTokenRegistry(tokens: readonly RegisteredToken[] = []): MutableTokenRegistry {
  const byToken = new Map<Fingerprint, RegisteredToken>()
  const byCredential = new Map<string, RegisteredToken>()
  const put = (added: readonly RegisteredToken[]) => {
    for (const entry of added) {
      if (entry.token !== undefined) byToken.set(entry.token, entry)
      if (entry.credentialId !== undefined) byCredential.set(entry.credentialId, entry)
    }
  }
  put(tokens)
  return {
    put,
    find: (token, credentialId) =>
      byToken.get(token) ??
      (credentialId === undefined ? undefined : byCredential.get(credentialId)),
    get size() {
      return new Set([...byToken.values(), ...byCredential.values()]).size
    },
  }
}
