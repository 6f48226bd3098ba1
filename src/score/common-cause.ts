import { familySlots, start } from '../baseline/layout.ts'
import { commonCauseLevels, group, increase, type PeerGroup, read } from '../baseline/peer-group.ts'
import { getFloat, setFloat, type TokenState } from '../baseline/token-states.ts'

/** Tokens that the independent expectation is worth. */
const priorTokens = 3

/** Mutates a group: one more of its tokens is active on that day. */
export function bookActiveToken({ state }: PeerGroup, day: number): void {
  const parity = openDay(state, day)
  increase(state, group.activeTokens + parity, 1)
}

/**
 * Common cause: when k of n active peers reached this level of surprise today, this token among them, one that
 * reaches it is no more surprising than -ln((k - 2 + 3 e^-level)/(n + 2)): the predictive of a proportion with a
 * prior worth 3 tokens. Two are a coincidence, or one thief; a common cause takes three.
 *
 * Mutates the groups' counts and the token's level.
 *
 * @returns the reduced evidence, nats
 */
export function reduceByCommonCause(
  state: TokenState,
  groups: readonly PeerGroup[],
  { family, day, evidence }: { family: number; day: number; evidence: number },
): number {
  const level = Math.min(commonCauseLevels - 1, Math.floor(evidence))
  const before = getFloat(state, start.commonCauseLevel + family)
  if (level > before) setFloat(state, start.commonCauseLevel + family, level)
  let reduced = evidence
  for (const { state: peers } of groups) {
    const parity = openDay(peers, day)
    const counts = group.commonCause + (parity * familySlots + family) * commonCauseLevels
    for (let l = before + 1; l <= level; l++) increase(peers, counts + l, 1)
    const active = Math.max(1, read(peers, group.activeTokens), read(peers, group.activeTokens + 1))
    const beyondTwo = Math.max(0, read(peers, counts + level) - 2)
    const share = (beyondTwo + priorTokens * Math.exp(-level)) / (active - 1 + priorTokens)
    reduced = Math.min(reduced, Math.max(0, -Math.log(share)))
  }
  return reduced
}

/** Mutates: two days are kept, even and odd; the older gives way when a day is first seen. */
function openDay(peers: Float64Array, day: number): number {
  const parity = day % 2
  if (day > read(peers, group.activeDay + parity)) {
    peers[group.activeDay + parity] = day
    peers[group.activeTokens + parity] = 0
    const counts = group.commonCause + parity * familySlots * commonCauseLevels
    peers.fill(0, counts, counts + familySlots * commonCauseLevels)
  }
  return parity
}
