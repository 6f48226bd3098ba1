import { type Severity, severities } from '../../src/domain/finding.ts'
import type { startHttpReceiver } from '../support/receivers.ts'

export type Receiver = Awaited<ReturnType<typeof startHttpReceiver>>

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
  const worst = (told: readonly Told[], incidentId: string) =>
    Math.max(
      -1,
      ...told
        .filter(message => message.incidentId === incidentId)
        .map(({ severity }) => severities.indexOf(severity)),
    )
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
