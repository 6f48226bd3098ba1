import type { AccessEvent } from '../domain/access-event.ts'
import type { ActionKind, ContainmentState, NodeContainment } from '../domain/action.ts'

/** What one call after an action says: the node refused it, answered it, or neither. */
export type CallVerdict = 'refused' | 'served' | 'neither'

/**
 * 401 and 403 are a refusal. 429 is one for a restriction, which may be a rate limit; else it says
 * nothing, as a call over its limit may be told so before its token is looked at. So does a record
 * without a status.
 */
export function judgeCall(
  event: Pick<AccessEvent, 'authOutcome' | 'status'>,
  kind: ActionKind,
): CallVerdict {
  switch (event.authOutcome) {
    case 'denied':
    case 'failed':
      return 'refused'
    case 'throttled':
      return kind === 'restrict' ? 'refused' : 'neither'
    case 'ok':
      return event.status === 0 ? 'neither' : 'served'
  }
}

export const silentNode = (gateway: string, node: string): NodeContainment => ({
  gateway,
  node,
  state: 'silent',
  firstRefusedMs: undefined,
  lastRefusedMs: undefined,
  lastServedMs: undefined,
  servedAfterCount: 0,
  refusedCount: 0,
})

/**
 * A node after one more call; calls may come in any order. What came last decides: a refusal, or an
 * answer later than the grace. Answers within the grace are counted and decide nothing.
 *
 * @param graceEndMs - event time
 */
export function observeCall(
  held: NodeContainment,
  { ts, verdict }: { readonly ts: number; readonly verdict: 'refused' | 'served' },
  graceEndMs: number,
): NodeContainment {
  if (verdict === 'refused') {
    return {
      ...held,
      state: ts >= (held.lastServedMs ?? ts) ? 'refused' : held.state,
      firstRefusedMs: Math.min(held.firstRefusedMs ?? ts, ts),
      lastRefusedMs: Math.max(held.lastRefusedMs ?? ts, ts),
      refusedCount: held.refusedCount + 1,
    }
  }
  const isServing = ts > graceEndMs && ts > (held.lastRefusedMs ?? 0)
  return {
    ...held,
    state: isServing ? 'still_serving' : held.state,
    lastServedMs: Math.max(held.lastServedMs ?? ts, ts),
    servedAfterCount: held.servedAfterCount + 1,
  }
}

/**
 * Whether a call that is replayed has been counted before: a node's calls come in order, but for a few
 * that were late.
 */
export function hasCounted(
  { lastServedMs, lastRefusedMs }: NodeContainment,
  { ts, verdict }: { readonly ts: number; readonly verdict: 'refused' | 'served' },
): boolean {
  const lastMs = verdict === 'refused' ? lastRefusedMs : lastServedMs
  return lastMs !== undefined && ts <= lastMs
}

/** What an earlier run and this one saw of a node; the later one knows its state, unless it saw no call. */
export function joinTallies(now: NodeContainment, earlier: NodeContainment): NodeContainment {
  const firstRefusedMs = earlier.firstRefusedMs ?? now.firstRefusedMs
  const lastServedMs = now.lastServedMs ?? earlier.lastServedMs
  return {
    ...now,
    state: now.state === 'silent' ? earlier.state : now.state,
    firstRefusedMs,
    lastRefusedMs: now.lastRefusedMs ?? earlier.lastRefusedMs ?? firstRefusedMs,
    lastServedMs,
    servedAfterCount: now.servedAfterCount + earlier.servedAfterCount,
    refusedCount: now.refusedCount + earlier.refusedCount,
  }
}

/**
 * Two views of one node by two processes, of which each has counted what the other has, or less: what is
 * later decides. Joining in any order, and any number of times, gives the same.
 */
export function laterTally(one: NodeContainment, other: NodeContainment): NodeContainment {
  const lastMs = ({ lastRefusedMs, lastServedMs }: NodeContainment) =>
    Math.max(lastRefusedMs ?? 0, lastServedMs ?? 0)
  return {
    ...one,
    state: lastMs(other) > lastMs(one) ? other.state : one.state,
    firstRefusedMs: least(one.firstRefusedMs, other.firstRefusedMs),
    lastRefusedMs: greatest(one.lastRefusedMs, other.lastRefusedMs),
    lastServedMs: greatest(one.lastServedMs, other.lastServedMs),
    servedAfterCount: Math.max(one.servedAfterCount, other.servedAfterCount),
    refusedCount: Math.max(one.refusedCount, other.refusedCount),
  }
}

const least = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
const greatest = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

/** Still serving anywhere is still serving; refused is proven only where nothing serves and one refuses. */
export function worstState(nodes: readonly NodeContainment[]): ContainmentState {
  if (nodes.some(({ state }) => state === 'still_serving')) return 'still_serving'
  return nodes.some(({ state }) => state === 'silent') || nodes.length === 0 ? 'silent' : 'refused'
}
