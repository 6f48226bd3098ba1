import { createBoundedCache } from '../lib/bounded-cache.ts'
import { clientFamily } from './client-family.ts'
import { keyClassOf } from './key-shapes.ts'
import { printable } from './printable.ts'
import { redacted, redactKnownKeys, redactSecrets, redactText } from './redact.ts'

/** A user agent as it may be kept. */
export interface Agent {
  readonly text: string
  readonly client: string
}

/** Makes foreign text fit to keep: printable, bounded, without credentials. */
export interface TextCleaner {
  /** Names repeat, and may be random by nature: only words of a known key's shape go. */
  name(text: string | undefined, secrets: readonly string[]): string | undefined
  /** Like a name, but never twice the same. */
  id(text: string | undefined, secrets: readonly string[]): string | undefined
  /** Lower case, without port; empty for absent. */
  host(text: string | undefined, secrets: readonly string[]): string
  agent(text: string | undefined, secrets: readonly string[]): Agent
}

const nameLengthMax = 200
const agentLengthMax = 300
const noAgent: Agent = { text: '', client: '' }
const plainId = /^[\w-]*$/

/** Cleaners that remember what they have seen: agents, hosts and names repeat for hours. */
export function createTextCleaner(cacheEntriesMax: number): TextCleaner {
  const names = createBoundedCache<string>(cacheEntriesMax)
  const hosts = createBoundedCache<string>(cacheEntriesMax)
  const agents = createBoundedCache<Agent>(cacheEntriesMax)

  function nameOf(text: string): string {
    const known = names.get(text)
    if (known !== undefined) return known
    const made = redactKnownKeys(printable(text))
    names.set(text, made)
    return made
  }

  function agentOf(text: string): Agent {
    const known = agents.get(text)
    if (known !== undefined) return known
    const clean = redactText(printable(text))
    const made = { text: clean, client: clientFamily(clean) }
    agents.set(text, made)
    return made
  }

  function hostOf(text: string): string {
    const known = hosts.get(text)
    if (known !== undefined) return known
    const made = redactText(printable(withoutPort(text))).toLowerCase()
    hosts.set(text, made)
    return made
  }

  return {
    name(text, secrets) {
      if (text === undefined) return undefined
      return nameOf(withoutSecrets(text.slice(0, nameLengthMax), secrets))
    },
    id(text, secrets) {
      if (text === undefined) return undefined
      const id = printable(withoutSecrets(text.slice(0, nameLengthMax), secrets))
      return plainId.test(id) ? plainIdOf(id) : redactKnownKeys(id)
    },
    host(text, secrets) {
      if (text === undefined) return ''
      const host = hostOf(text.slice(0, nameLengthMax))
      return secrets.length === 0 ? host : redactSecrets(host, lowerCased(secrets))
    },
    agent(text, secrets) {
      if (text === undefined) return noAgent
      return agentOf(withoutSecrets(text.slice(0, agentLengthMax), secrets))
    },
  }
}

/** Before anything else is redacted: of a secret that is redacted in part the rest would not be found. */
const withoutSecrets = (text: string, secrets: readonly string[]) =>
  secrets.length === 0 ? text : redactSecrets(text, secrets)

const plainIdOf = (id: string) => (keyClassOf(id) === undefined ? id : redacted)

const lowerCased = (secrets: readonly string[]) => secrets.map(secret => secret.toLowerCase())

/** `[2001:db8::1]:443` and `api.example.com:8443` without their port. */
function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':')
  if (colon < 0 || !/^\d{1,5}$/.test(host.slice(colon + 1))) return host
  const isBareIpv6 = host.indexOf(':') < colon && !host.includes(']')
  return isBareIpv6 ? host : host.slice(0, colon)
}
