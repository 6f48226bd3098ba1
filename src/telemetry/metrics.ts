import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every metric, declared once. Labels are bounded: stream, reason, format, channel, state. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'tokenwatch_' })
  return {
    registry,
    state: stateMetrics([registry]),
    queues: queueMetrics([registry]),
    ...pipelineMetrics([registry]),
    ...kafkaMetrics([registry]),
    ...relayMetrics([registry]),
    ...responseMetrics([registry]),
  }
}

/** Asked for when the metrics are read: nothing tells of each new token. Set by its owner. */
function stateMetrics(registers: Registry[]) {
  const state = { tokens: () => 0, bytes: () => 0 }
  new Gauge({
    name: 'tokenwatch_tokens',
    help: 'Tokens with a baseline in memory.',
    registers,
    collect() {
      this.set(state.tokens())
    },
  })
  new Gauge({
    name: 'tokenwatch_state_bytes',
    help: 'Memory of the baselines, without what is kept of the peers.',
    registers,
    collect() {
      this.set(state.bytes())
    },
  })
  return state
}

/** A queue, buffer or cache: how full it is, and how full it may be. */
interface Queue {
  readonly depth: () => number
  readonly limit: () => number
}

/** Asked for when the metrics are read: nothing tells of each entry that comes and goes. */
function queueMetrics(registers: Registry[]) {
  const queues = new Map<string, Queue>()
  const gauge = (name: string, help: string, read: (queue: Queue) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers,
      collect() {
        for (const [name, queue] of queues) this.set({ queue: name }, read(queue))
      },
    })
  gauge('tokenwatch_queue_depth', 'Entries of a queue, buffer or cache.', queue => queue.depth())
  gauge('tokenwatch_queue_limit', 'Most entries that it may have.', queue => queue.limit())
  const full = new Counter({
    name: 'tokenwatch_queue_full_total',
    help: 'Times that something had to wait, was refused or was forgotten because a queue was full.',
    labelNames: ['queue'],
    registers,
  })
  return {
    /** Shows a queue from now on; names are words in small letters, and few. */
    watch: (name: string, queue: Queue): void => {
      queues.set(name, queue)
      full.inc({ queue: name }, 0)
    },
    wasFull: (name: string): void => full.inc({ queue: name }),
  }
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
    snapshotSeconds: new Histogram({
      name: 'tokenwatch_snapshot_duration_seconds',
      help: 'Time to store one snapshot of the baselines of a stream.',
      buckets: [0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
      registers,
    }),
    snapshotSaved: new Gauge({
      name: 'tokenwatch_snapshot_saved_timestamp_seconds',
      // Of several processes one value, not their sum.
      aggregator: 'max',
      help: 'When the last snapshot of a stream was stored, by this process; seconds since epoch.',
      labelNames: ['source', 'partition'],
      registers,
    }),
    streamOpening: new Gauge({
      name: 'tokenwatch_stream_opening_ratio',
      // Of several processes one value, not their sum.
      aggregator: 'max',
      help: 'How far a stream is that is being opened: baselines loaded, then events replayed, in [0, 1].',
      labelNames: ['source', 'partition'],
      registers,
    }),
    eventDelaySeconds: new Gauge({
      name: 'tokenwatch_event_delay_seconds',
      // Of several processes one value, not their sum.
      aggregator: 'max',
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
      // Of several processes one value, not their sum.
      aggregator: 'max',
      help: 'Incidents that are open or acknowledged.',
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
