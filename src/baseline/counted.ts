/** What is counted of a token's day; the value is the bit in a call's signals and the index in state. */
export const counted = {
  newAddress: 0,
  newPrefix: 1,
  newNetwork: 2,
  foreignNetwork: 3,
  newCountry: 4,
  foreignCountry: 5,
  newEndpoint: 6,
  foreignEndpoint: 7,
  newClient: 8,
  foreignClient: 9,
  networkFlip: 10,
  youngNetworkFlip: 11,
  unauthorized: 12,
  forbidden: 13,
  probe: 14,
  youngSourceEndpoint: 15,
  youngSourceFailure: 16,
  youngSourceRequest: 17,
  coldHour: 18,
  coldRequest: 19,
  consecutiveObject: 20,
  missingObject: 21,
} as const

export type Counted = keyof typeof counted

/**
 * Expected per active hour of a new token before any population has been seen; judged from gateway
 * logs, worth 20 hours, so that a day of real tokens outweighs it.
 */
export const priorHazards: Readonly<Record<Counted, number>> = {
  newAddress: 0.3,
  newPrefix: 0.2,
  newNetwork: 0.08,
  foreignNetwork: 0.02,
  newCountry: 0.03,
  foreignCountry: 0.008,
  newEndpoint: 0.5,
  foreignEndpoint: 0.05,
  newClient: 0.03,
  foreignClient: 0.01,
  networkFlip: 0.05,
  youngNetworkFlip: 0.02,
  unauthorized: 0.05,
  forbidden: 0.02,
  probe: 0.02,
  youngSourceEndpoint: 0.05,
  youngSourceFailure: 0.01,
  youngSourceRequest: 0.5,
  coldHour: 0.05,
  coldRequest: 0.2,
  consecutiveObject: 0.3,
  missingObject: 0.2,
}
