/**
 * Surprise of a waiting time under a Lomax (Pareto II) distribution: -ln P(X >= excess).
 *
 * surprise = shape * ln(1 + excess / scale)
 *
 * It is the predictive distribution of an exponential wait whose rate has a Gamma(shape, scale)
 * posterior: little history gives a heavy tail, so a young token is hard to surprise.
 *
 * @param excess - waiting time, in the unit of `scale`; 0 or less is no wait
 * @param shape - > 0, no unit
 * @param scale - > 0
 * @returns nats, finite, >= 0, and 0 for no wait
 * @see Lomax (1954), Business Failures, JASA 49(268), 847-852
 */
export function lomaxSurprise(excess: number, shape: number, scale: number): number {
  return excess > 0 ? shape * Math.log1p(excess / scale) : 0
}
