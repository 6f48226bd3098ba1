import type { ContainmentWatch } from './containment-watch.ts'

export interface GatewayNode {
  readonly gateway: string
  readonly node: string
}

/** One token with an incident or an action. */
export interface TrackedToken {
  /** Nodes that served it since it is tracked. */
  readonly nodes: Map<string, GatewayNode>
  readonly watches: Set<ContainmentWatch>
}

export const nodeKey = (gateway: string, node: string) => `${gateway}\n${node}`

/** The tokens whose calls matter after an action, and the watches on them; the oldest is let go first. */
export function createTrackedTokens(limits: {
  readonly tokensMax: number
  readonly nodesPerTokenMax: number
  /** Told when the oldest is let go for want of room. */
  readonly onFull: () => void
}) {
  // In the order in which they came to be tracked.
  const tokens = new Map<string, TrackedToken>()
  const watchById = new Map<string, ContainmentWatch>()

  function letGo(id: string) {
    for (const { action } of tokens.get(id)?.watches ?? []) watchById.delete(action.id)
    tokens.delete(id)
  }

  function track(id: string): TrackedToken {
    const held = tokens.get(id)
    if (held !== undefined) return held
    const token: TrackedToken = { nodes: new Map(), watches: new Set() }
    tokens.set(id, token)
    for (const oldest of tokens.keys()) {
      if (tokens.size <= limits.tokensMax) break
      limits.onFull()
      letGo(oldest)
    }
    return token
  }

  return {
    get size() {
      return tokens.size
    },
    get: (id: string) => tokens.get(id),
    track,

    learnNode(token: TrackedToken, { gateway, node }: GatewayNode): void {
      const key = nodeKey(gateway, node)
      if (token.nodes.has(key) || token.nodes.size >= limits.nodesPerTokenMax) return
      token.nodes.set(key, { gateway, node })
    },

    addWatch(watch: ContainmentWatch): void {
      const { nodes, watches } = track(watch.action.token)
      for (const { gateway, node } of nodes.values()) watch.addNode(gateway, node)
      watches.add(watch)
      watchById.set(watch.action.id, watch)
    },

    watches: (): readonly ContainmentWatch[] => [...watchById.values()],
    watchOf: (actionId: string) => watchById.get(actionId),

    endExpired(nowMs: number): void {
      for (const watch of watchById.values()) {
        if (watch.untilMs >= nowMs) continue
        watchById.delete(watch.action.id)
        tokens.get(watch.action.token)?.watches.delete(watch)
      }
    },
  }
}
