import { counted } from './counted.ts'
import { at, start } from './layout.ts'
import { get, getFloat, type TokenState } from './token-states.ts'

/** Active days before behavior says more than the kind of client. */
const daysMin = 3
const discount = 0.975

/**
 * Behavioral class of a token, 0 to 17: tokens younger than 3 active days by kind of client (2), the
 * rest by network churn (4) x activity (3); client addresses, which have no networks to change, apart
 * by activity (young, then 3).
 */
export function peerClassOf(state: TokenState): number {
  const days = get(state, at.activeDays)
  const isAddress = state.identity.entity === 'address'
  if (days < daysMin) return isAddress ? 14 : get(state, at.isInteractive)
  const hoursPerDay = get(state, at.activeHours) / days
  const activity = below(hoursPerDay, activityBounds)
  if (isAddress) return 15 + activity
  const weight = (1 - discount ** days) / (1 - discount)
  const churn = (getFloat(state, start.countHistory + counted.newPrefix) + 0.2) / weight
  return 2 + 3 * below(churn, churnBounds) + activity
}

/** Active hours per active day. */
const activityBounds = [3.5, 12]
/** New prefixes per active day. */
const churnBounds = [0.04, 0.25, 1.2]

/** How many bounds the value has reached. */
function below(value: number, bounds: readonly number[]): number {
  return bounds.filter(bound => value >= bound).length
}
