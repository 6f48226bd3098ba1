import type { FaultKind, LoudKind } from '../fault-kind.ts'
import { addPartition } from './add-partition.ts'
import { clockJump } from './clock-jump.ts'
import { cutRequest, cutResponse } from './cut-clickhouse.ts'
import { cutKafka } from './cut-kafka.ts'
import { fullDisk } from './full-disk.ts'
import { killBroker } from './kill-broker.ts'
import { killClickhouse } from './kill-clickhouse.ts'
import { killConsumer } from './kill-consumer.ts'
import { killGroup } from './kill-group.ts'
import { remakeTopicAway, remakeTopicRunning } from './remake-topic.ts'
import { slowClickhouse } from './slow-clickhouse.ts'
import { stopClickhouse } from './stop-clickhouse.ts'
import { trimRead } from './trim-read.ts'
import { trimUnreadAway, trimUnreadRunning } from './trim-unread.ts'
import { zombie } from './zombie.ts'

/** Faults that leave nothing behind: what is stored in the end is as if they had not been. */
export const faultKinds: readonly FaultKind[] = [
  killConsumer,
  killClickhouse,
  killBroker,
  killGroup,
  zombie,
  cutRequest,
  cutResponse,
  cutKafka,
  fullDisk,
  slowClickhouse,
  stopClickhouse,
  clockJump,
  trimRead,
  addPartition,
]

/** Faults that leave something behind, each in a round of its own. */
export const loudKinds: readonly LoudKind[] = [
  trimUnreadAway,
  trimUnreadRunning,
  remakeTopicAway,
  remakeTopicRunning,
]
