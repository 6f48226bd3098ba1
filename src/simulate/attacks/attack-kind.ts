/** Every attack that the simulator can stage, in the order of the docs. */
export const attackKinds = [
  'stolen-token',
  'same-region-theft',
  'admin-probing',
  'credential-stuffing',
  'enumeration',
  'exfiltration',
  'volume-spike',
  'off-hours',
  'dormant-wake',
  'use-after-revocation',
  'token-sharing',
] as const
export type AttackKind = (typeof attackKinds)[number]
