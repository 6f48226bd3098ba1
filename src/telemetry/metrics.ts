import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every metric, declared once. Labels are bounded: stream, reason, format, channel, state. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'tokenwatch_' })
  return {
    registry,
    tokens: tokenMetric([registry]),
    ...pipelineMetrics([registry]),
    ...kafkaMetrics([registry]),
    ...relayMetrics([registry]),
    ...responseMetrics([registry]),
  }
}

/** Asked for when the metrics are read: nothing tells of each new token. `count` is set by its owner. */
function tokenMetric(registers: Registry[]) {
  const tokens = { count: () => 0 }
  new Gauge({
    name: 'tokenwatch_tokens',
    help: 'Tokens with a baseline in memory.',
    registers,
    collect() {
      this.set(tokens.count())
    },
  })
  return tokens
}

function pipelineMetrics(registers: Registry[]) {
  return {
    eventsStored: new Counter({
      name: 'tokenwatch_events_stored_total',
      help: 'Access events stored, by stream.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    recordsRead: new Counter({
      name: 'tokenwatch_records_read_total',
      help: 'Records read from a source, by stream.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    rejects: new Counter({
      name: 'tokenwatch_rejects_total',
      help: 'Records that became no event, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    duplicatesDropped: new Counter({
      name: 'tokenwatch_duplicates_dropped_total',
      help: 'Relayed events that had come before, by stream of the internal topic.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'tokenwatch_insert_duration_seconds',
      help: 'Time of one insert of access events, retries included.',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    insertRows: new Histogram({
      name: 'tokenwatch_insert_rows',
      help: 'Rows in one insert of access events.',
      buckets: [1, 10, 100, 1_000, 10_000, 50_000, 100_000],
      registers,
    }),
    insertFailures: new Counter({
      name: 'tokenwatch_insert_failures_total',
      help: 'Inserts that failed and were tried again or given up, by error code.',
      labelNames: ['code'],
      registers,
    }),
    bufferedEvents: new Gauge({
      name: 'tokenwatch_buffered_events',
      help: 'Events normalized and not yet stored, by stream.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    eventDelaySeconds: new Gauge({
      name: 'tokenwatch_event_delay_seconds',
      help: 'Age of the newest event of the last batch when it was read, by stream.',
      labelNames: ['source', 'partition'],
      registers,
    }),
  }
}

function kafkaMetrics(registers: Registry[]) {
  return {
    consumerLag: new Gauge({
      name: 'tokenwatch_consumer_lag_records',
      help: 'Records in a Kafka partition behind which the stored watermark is, by what its broker has.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    consumerRebuilds: new Counter({
      name: 'tokenwatch_consumer_rebuilds_total',
      help: 'Kafka consumers that ended and were built anew, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    recordsLost: new Counter({
      name: 'tokenwatch_records_lost_total',
      help: 'Records that Kafka deleted before they were read, by stream.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    deadLettersUntold: new Counter({
      name: 'tokenwatch_dead_letters_untold_total',
      help: 'Dead letters that are stored and could not be written to the dead-letter topic.',
      registers,
    }),
  }
}

function relayMetrics(registers: Registry[]) {
  return {
    eventsRelayed: new Counter({
      name: 'tokenwatch_events_relayed_total',
      help: 'Access events that the internal topic has acknowledged.',
      registers,
    }),
    relaySeconds: new Histogram({
      name: 'tokenwatch_relay_send_duration_seconds',
      help: 'Time until the internal topic has acknowledged a batch, retries included.',
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    relayFailures: new Counter({
      name: 'tokenwatch_relay_failures_total',
      help: 'Attempts to send a batch to the internal topic that failed.',
      registers,
    }),
    relayBufferedEvents: new Gauge({
      name: 'tokenwatch_relay_buffered_events',
      help: 'Events normalized and not yet acknowledged by the internal topic.',
      registers,
    }),
  }
}

function responseMetrics(registers: Registry[]) {
  return {
    alertDelaySeconds: new Histogram({
      name: 'tokenwatch_alert_delay_seconds',
      help: 'From the time of an event to the alert that it raises: raised, then stored and in an incident.',
      labelNames: ['reached'],
      buckets: [0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600],
      registers,
    }),
    findings: new Counter({
      name: 'tokenwatch_findings_total',
      help: 'Findings raised, by severity.',
      labelNames: ['severity'],
      registers,
    }),
    incidentEvents: new Counter({
      name: 'tokenwatch_incident_events_total',
      help: 'Steps in the life of incidents, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    deliveries: new Counter({
      name: 'tokenwatch_alert_deliveries_total',
      help: 'Attempts to deliver an alert, by channel and outcome.',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    actions: new Counter({
      name: 'tokenwatch_actions_total',
      help: 'Actions, by state reached.',
      labelNames: ['state'],
      registers,
    }),
    openIncidents: new Gauge({
      name: 'tokenwatch_open_incidents',
      help: 'Incidents that are open or acknowledged.',
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
