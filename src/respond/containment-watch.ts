import type { AccessEvent } from '../domain/access-event.ts'
import type { Action, Containment, NodeContainment } from '../domain/action.ts'
import {
  hasCounted,
  joinTallies,
  judgeCall,
  laterTally,
  observeCall,
  silentNode,
  worstState,
} from './decide-containment.ts'
import { nodeKey } from './tracked-tokens.ts'

/** The effect of one action, node by node. Updated in place by `observe`. */
export interface ContainmentWatch {
  readonly action: Action
  /** Wall clock, ms: when watching ends. */
  readonly untilMs: number
  /**
   * Takes in one call of the watched token.
   *
   * @param isReplayed - it may have been counted before, by this run or an earlier one
   * @returns whether anything changed, and the node if it turns out for the first time to go on
   *   serving
   */
  observe(
    event: AccessEvent,
    isReplayed?: boolean,
  ): { readonly isChange: boolean; readonly caught?: NodeContainment }
  /** A node that served the token before. */
  addNode(gateway: string, node: string): void
  /**
   * What is stored of the same action: at first by earlier runs, to which is added what this one has seen
   * so far; from then on by all processes together.
   */
  absorb(stored: Containment | undefined): void
  state(updatedMs: number): Containment
}

export function createContainmentWatch(
  action: Action,
  options: {
    readonly effectiveMs: number
    readonly graceMs: number
    readonly untilMs: number
    readonly nodesPerTokenMax: number
    /** Only calls from this network, for a restriction. */
    readonly prefix: string | undefined
  },
): ContainmentWatch {
  const { effectiveMs, prefix, nodesPerTokenMax } = options
  const graceEndMs = effectiveMs + options.graceMs
  const nodes = new Map<string, NodeContainment>()
  const caught = new Set<string>()
  let isFirst = true

  /** Beyond the limit one tally, without a name, stands for all further nodes. */
  function tallyOf(gateway: string, node: string): [key: string, tally: NodeContainment] {
    const key = nodeKey(gateway, node)
    const held = nodes.get(key)
    if (held !== undefined) return [key, held]
    if (nodes.size < nodesPerTokenMax) return [key, silentNode(gateway, node)]
    return [FURTHER, nodes.get(FURTHER) ?? silentNode('', '')]
  }

  const isConcerned = ({ ts, prefix: from }: AccessEvent) =>
    ts > effectiveMs && (prefix === undefined || from === prefix)

  return {
    action,
    untilMs: options.untilMs,

    observe(event, isReplayed = false) {
      if (!isConcerned(event)) return unchanged
      const verdict = judgeCall(event, action.kind)
      if (verdict === 'neither') return unchanged
      const [key, held] = tallyOf(event.gateway, event.node)
      const call = { ts: event.ts, verdict }
      if (isReplayed && hasCounted(held, call)) return unchanged
      const node = observeCall(held, call, graceEndMs)
      nodes.set(key, node)
      if (node.state !== 'still_serving' || caught.has(key)) return { isChange: true }
      caught.add(key)
      return { isChange: true, caught: node }
    },

    addNode(gateway, node) {
      const [key, tally] = tallyOf(gateway, node)
      nodes.set(key, tally)
    },

    absorb(stored) {
      const join = isFirst ? joinTallies : laterTally
      isFirst = false
      for (const node of stored?.nodes ?? []) {
        const [key, tally] = tallyOf(node.gateway, node.node)
        nodes.set(key, join(tally, node))
        if (node.state === 'still_serving') caught.add(key)
      }
    },

    state(updatedMs) {
      const all = [...nodes.values()]
      return {
        actionId: action.id,
        incidentId: action.incidentId,
        token: action.token,
        effectiveMs,
        nodes: all,
        state: worstState(all),
        updatedMs,
      }
    },
  }
}

const FURTHER = nodeKey('', '')
const unchanged = { isChange: false } as const
