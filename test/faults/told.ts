import { type Severity, severities } from '../../src/domain/finding.ts'
import { selectRows } from '../../src/store/rows.ts'
import type { Store } from '../../src/store/store.ts'
import type { startHttpReceiver } from '../support/receivers.ts'

export type Receiver = Awaited<ReturnType<typeof startHttpReceiver>>

/** What the program is set to act on. */
export const REVOKED_FROM: { readonly severity: Severity; readonly risk: number } = {
  severity: 'high',
  risk: 70,
}

/** What a real receiver was told, by the id that its sender gives every repetition of one message. */
interface Told {
  readonly id: string
  readonly type: string
  readonly incidentId: string
  readonly severity: Severity
  readonly count: number
}

function toldBy({ received }: Receiver, idHeader: string): readonly Told[] {
  const byId = new Map<string, Told>()
  for (const { headers, body } of received) {
    const id = String(headers[idHeader])
    const { type, data } = JSON.parse(body) as {
      type: string
      data: {
        incidentId?: string
        severity?: Severity
        incident?: { id: string; severity: Severity }
      }
    }
    const count = (byId.get(id)?.count ?? 0) + 1
    const incidentId = data.incident?.id ?? data.incidentId ?? ''
    const severity = data.incident?.severity ?? data.severity ?? 'low'
    byId.set(id, { id, type, incidentId, severity, count })
  }
  return [...byId.values()]
}

/**
 * Whether people were told of each incident that they are told of without faults, as bad as it became, and
 * nothing was told anew under another id. A message may come again for every fault: an answer was lost.
 */
export function alertDifferences(expected: Receiver, seen: Receiver, faults: number): string[] {
  const [ours, theirs] = [toldBy(expected, 'webhook-id'), toldBy(seen, 'webhook-id')]
  const incidents = new Set([...ours, ...theirs].map(({ incidentId }) => incidentId))
  const differences = [...incidents].flatMap(incident => {
    const [one, other] = [worst(ours, incident), worst(theirs, incident)]
    const openings = theirs.filter(
      ({ incidentId, type }) => incidentId === incident && type === 'incident.opened',
    )
    return [
      ...(one === other
        ? []
        : [
            `alerts: incident ${incident} was told as ${severities[other] ?? 'nothing'}, expected ${severities[one] ?? 'nothing'}`,
          ]),
      ...(openings.length <= 1
        ? []
        : [
            `alerts: incident ${incident} was opened as ${openings.map(({ id }) => id).join(', ')}`,
          ]),
    ]
  })
  return [...differences, ...repetitions('alerts', theirs, faults)]
}

/** Rank of the worst that was told of an incident, or -1. */
const worst = (told: readonly Told[], incidentId: string) =>
  Math.max(
    -1,
    ...told
      .filter(message => message.incidentId === incidentId)
      .map(({ severity }) => severities.indexOf(severity)),
  )

/** What is yet to be told of the stored incidents, in words. */
export async function untoldIncidents(
  store: Store,
  by: { readonly alerts: Receiver; readonly revocations: Receiver },
): Promise<string[]> {
  const query = `
    SELECT incident_id AS id, argMax(severity, version) AS severity, argMax(risk, version) AS risk,
      any(entity) = 'token' AND id NOT IN (
        SELECT incident_id FROM actions WHERE state = 'withheld') AS isActionable
    FROM incident_events GROUP BY id`
  const rows = await selectRows<{
    id: string
    severity: Severity
    risk: number
    isActionable: number
  }>(store, query)
  const told = toldBy(by.alerts, 'webhook-id')
  const revoked = toldBy(by.revocations, 'idempotency-key')
  return rows.flatMap(({ id, severity, risk, isActionable }) => {
    const rank = severities.indexOf(severity)
    const isToBeRevoked =
      Number(isActionable) === 1 &&
      rank >= severities.indexOf(REVOKED_FROM.severity) &&
      risk >= REVOKED_FROM.risk
    return [
      ...(worst(told, id) >= rank ? [] : [`nobody was told that ${id} is ${severity}`]),
      ...(!isToBeRevoked || revoked.some(({ incidentId }) => incidentId === id)
        ? []
        : [`nothing was revoked for ${id}, ${severity}, risk ${risk}`]),
    ]
  })
}

/** Whether the same actions were called for as without faults, each under its one key. */
export function revocationDifferences(expected: Receiver, seen: Receiver, faults: number) {
  const [ours, theirs] = [toldBy(expected, 'idempotency-key'), toldBy(seen, 'idempotency-key')]
  const keys = (told: readonly Told[]) => told.map(({ id, incidentId }) => `${id} of ${incidentId}`)
  const [wanted, found] = [keys(ours), keys(theirs)]
  return [
    ...wanted.filter(key => !found.includes(key)).map(key => `revocations: none for ${key}`),
    ...found.filter(key => !wanted.includes(key)).map(key => `revocations: unexpected: ${key}`),
    ...repetitions('revocations', theirs, faults),
  ]
}

const repetitions = (name: string, told: readonly Told[], faults: number) =>
  told
    .filter(({ count }) => count > 1 + faults)
    .map(({ id, count }) => `${name}: ${id} came ${count} times, with ${faults} faults`)

/** Messages that came again, for the report. */
export const repeatedCount = (receiver: Receiver, idHeader: string) =>
  toldBy(receiver, idHeader).reduce((sum, { count }) => sum + count - 1, 0)
