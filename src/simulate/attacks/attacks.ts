import { adminProbing } from './admin-probing.ts'
import type { Attack } from './attack.ts'
import { credentialStuffing } from './credential-stuffing.ts'
import { dormantWake } from './dormant-wake.ts'
import { enumeration } from './enumeration.ts'
import { exfiltration } from './exfiltration.ts'
import { offHours } from './off-hours.ts'
import { sameRegionTheft } from './same-region-theft.ts'
import { stolenToken } from './stolen-token.ts'
import { tokenSharing } from './token-sharing.ts'
import { useAfterRevocation } from './use-after-revocation.ts'
import { volumeSpike } from './volume-spike.ts'

/** Every attack; a new one is one file, one line here and its name in `attack-kind.ts`. */
export const attacks: readonly Attack[] = [
  stolenToken,
  sameRegionTheft,
  adminProbing,
  credentialStuffing,
  enumeration,
  exfiltration,
  volumeSpike,
  offHours,
  dormantWake,
  useAfterRevocation,
  tokenSharing,
]
