/** One ordered sequence of records: a Kafka topic's partition, an HTTP instance, a file. */
export interface Stream {
  /** Kafka: the topic. HTTP: `http.<instance>`. File: `file.<name>`. At most 200 characters. */
  readonly source: string
  /** 0 to 65,535. */
  readonly partition: number
}

/**
 * Where a record stands in its source: the identity of an access event, on which exactly-once rests.
 * Several events may come from one record (a gateway that logs arrays): `index` tells them apart, and
 * events of one record never go into different inserts.
 */
export interface SourcePosition extends Stream {
  /** Kafka's own offset, a sequence per HTTP instance, the record number of a file; never reused. */
  readonly offset: number
  /** Position of the event within its record, from 0, at most 65,535. */
  readonly index: number
}
