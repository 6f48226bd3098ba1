import type { Detector, RuleDetector, StatisticalDetector } from '../detector.ts'
import { bytesPerDay } from './bytes-per-day.ts'
import { bytesPerRequest } from './bytes-per-request.ts'
import { coldHours } from './cold-hours.ts'
import { coldRequests } from './cold-requests.ts'
import { consecutiveObjects } from './consecutive-objects.ts'
import { costPerDay } from './cost-per-day.ts'
import { dormancy } from './dormancy.ts'
import { forbidden } from './forbidden.ts'
import { foreignClient } from './foreign-client.ts'
import { foreignCountry } from './foreign-country.ts'
import { foreignEndpoint } from './foreign-endpoint.ts'
import { foreignNetwork } from './foreign-network.ts'
import { honeytoken } from './honeytoken.ts'
import { missingObjects } from './missing-objects.ts'
import { modelTokensPerDay } from './model-tokens-per-day.ts'
import { networkFlip } from './network-flip.ts'
import { newAddress } from './new-address.ts'
import { newClient } from './new-client.ts'
import { newCountry } from './new-country.ts'
import { newEndpoint } from './new-endpoint.ts'
import { newNetwork } from './new-network.ts'
import { newObjects } from './new-objects.ts'
import { newPrefix } from './new-prefix.ts'
import { objectsPerDay } from './objects-per-day.ts'
import { objectsPerRequest } from './objects-per-request.ts'
import { offHours } from './off-hours.ts'
import { probing } from './probing.ts'
import { refusedSource } from './refused-source.ts'
import { requestsPerDay } from './requests-per-day.ts'
import { requestsPerHour } from './requests-per-hour.ts'
import { requestsPerMinute } from './requests-per-minute.ts'
import { sharedSource } from './shared-source.ts'
import { unauthorized } from './unauthorized.ts'
import { usedAfterExpiry } from './used-after-expiry.ts'
import { usedAfterRevocation } from './used-after-revocation.ts'
import { youngNetworkFlip } from './young-network-flip.ts'
import { youngSourceEndpoints } from './young-source-endpoints.ts'
import { youngSourceFailures } from './young-source-failures.ts'
import { youngSourceRequests } from './young-source-requests.ts'

/** Statistical detectors, in the order of their places in state: a change is a new scorer version. */
export const statisticalDetectors: readonly StatisticalDetector[] = [
  newAddress,
  newPrefix,
  newNetwork,
  foreignNetwork,
  newCountry,
  foreignCountry,
  newClient,
  foreignClient,
  networkFlip,
  youngNetworkFlip,
  offHours,
  coldHours,
  coldRequests,
  dormancy,
  sharedSource,
  refusedSource,
  youngSourceRequests,
  newEndpoint,
  foreignEndpoint,
  youngSourceEndpoints,
  unauthorized,
  forbidden,
  probing,
  youngSourceFailures,
  consecutiveObjects,
  missingObjects,
  requestsPerHour,
  requestsPerMinute,
  requestsPerDay,
  objectsPerDay,
  objectsPerRequest,
  bytesPerDay,
  bytesPerRequest,
  newObjects,
  costPerDay,
  modelTokensPerDay,
]

/** Rules: certain, and outside the budget. */
export const ruleDetectors: readonly RuleDetector[] = [
  honeytoken,
  usedAfterRevocation,
  usedAfterExpiry,
]

/** Every detector. A new detector is one file and one line here. */
export const detectors: readonly Detector[] = [...statisticalDetectors, ...ruleDetectors]
