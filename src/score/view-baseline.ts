import { hourDensity } from '../baseline/hour-profile.ts'
import { at, hourBins, start } from '../baseline/layout.ts'
import { measured } from '../baseline/measured.ts'
import { predictMagnitude } from '../baseline/predict-magnitude.ts'
import { get, getFloat, type TokenState } from '../baseline/token-states.ts'
import type { ExpectedBand, TokenBaselineView } from '../domain/token-baseline.ts'
import { peersOf, type ScoreContext } from './context.ts'
import { statisticalDetectors } from './detectors/index.ts'

const bandScales = 1.64

/** The baseline of the token at the cursor as a person reads it. */
export function viewBaseline(context: ScoreContext, state: TokenState): TokenBaselineView {
  const { token, entity, tenant } = state.identity
  const density = hourDensity(state, peersOf(context.population, state).own)
  const total = density.reduce((sum, value) => sum + value, 0)
  const hourActivity = Array.from({ length: hourBins }, (_, bin) => (density[bin] ?? 0) / total)
  return {
    token,
    entity,
    tenant,
    firstSeenMs: get(state, at.firstSeenMs),
    lastSeenMs: get(state, at.clockMs),
    activeDays: get(state, at.activeDays),
    activeHours: get(state, at.activeHours),
    requestsPerHour: bandOf(context, state, measured.requestsPerHour),
    requestsPerDay: bandOf(context, state, measured.requestsPerDay),
    bytesPerDay: bandOf(context, state, measured.bytesPerDay),
    surprisesPerDay: countsPerDay(state),
    hourActivity,
    today: {
      requests: get(state, at.requestsDay),
      bytes: get(state, at.bytesDay),
      surprise: get(state, at.surpriseDay),
      detectors: detectorsToday(state),
    },
  }
}

function bandOf(context: ScoreContext, state: TokenState, kind: number): ExpectedBand {
  const peers = peersOf(context.population, state)
  const { location, scale } = predictMagnitude(state, peers, kind, 0)
  const unlog = (value: number) => Math.max(0, Math.expm1(value))
  return {
    low: unlog(location - bandScales * scale),
    typical: unlog(location),
    high: unlog(location + bandScales * scale),
  }
}

/** Discounted counts over the discounted days that they came in. */
function countsPerDay(state: TokenState): Record<string, number> {
  const days = (1 - 0.975 ** get(state, at.activeDays)) / (1 - 0.975)
  const names = statisticalDetectors.flatMap(detector =>
    detector.kind === 'count' ? [[detector.counts, detector.id] as const] : [],
  )
  return Object.fromEntries(
    names.map(([kind, id]) => [id, getFloat(state, start.countHistory + kind) / Math.max(1, days)]),
  )
}

function detectorsToday(state: TokenState): Record<string, number> {
  return Object.fromEntries(
    statisticalDetectors.map(({ id }, place) => [id, getFloat(state, start.surpriseToday + place)]),
  )
}
