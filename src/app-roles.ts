import type { Fault } from './domain/operator-error.ts'
import type { Settings } from './settings.ts'

/** Whether this process reads the gateways' topics: directly, or to relay their events. */
export const readsGateways = ({ role }: Settings) => role !== 'score'

/** Whether events come by the internal topic. */
export const isRelayed = ({ ingest }: Settings) => ingest.relay.topic !== ''

/** What does not fit together in the settings of a role. */
export function roleFaults(settings: Settings): readonly Fault[] {
  const { role, ingest, store, identity } = settings
  const { kafka, relay } = ingest
  const isAlone = role === 'all'
  const checks: readonly (Fault & { readonly isWrong: boolean })[] = [
    {
      isWrong: !isAlone && relay.topic === '',
      path: 'ingest.relay.topic',
      problem: `is empty, and role ${role} needs the internal topic`,
      remedy:
        'Name it, the same for all processes: TOKENWATCH_INGEST_RELAY_TOPIC=tokenwatch.events.',
    },
    {
      isWrong: kafka.brokers.length === 0 && (!isAlone || relay.topic !== ''),
      path: 'ingest.kafka.brokers',
      problem: 'is empty, and the internal topic is in Kafka',
      remedy: 'Name the brokers, for instance KAFKA_BROKERS=kafka-1:9092.',
    },
    {
      isWrong: kafka.brokers.length > 0 && kafka.topics.length === 0 && readsGateways(settings),
      path: 'ingest.kafka.topics',
      problem: 'is empty while brokers are set',
      remedy: 'Name the topics with access logs, for instance KAFKA_TOPICS=access.',
    },
    {
      isWrong: relay.topic !== '' && kafka.topics.includes(relay.topic),
      path: 'ingest.kafka.topics',
      problem: `names the internal topic ${relay.topic}`,
      remedy: 'Leave the topics of the gateways only: the internal one is read by itself.',
    },
    {
      isWrong: !isAlone && store.url === '',
      path: 'store.url',
      problem: `is empty, and role ${role} shares its ClickHouse with the other processes`,
      remedy: 'Name one ClickHouse server for all of them: CLICKHOUSE_URL.',
    },
    {
      isWrong: !isAlone && identity.fingerprintKey === '',
      path: 'identity.fingerprintKey',
      problem: 'is empty: each process would make its own, and one token would have several names',
      remedy: 'Set the same key for all processes: TOKENWATCH_IDENTITY_FINGERPRINT_KEY.',
    },
  ]
  const faults = checks.filter(({ isWrong }) => isWrong)
  return faults.map(({ path, problem, remedy }) => ({ path, problem, remedy }))
}
