import type { Random } from '../../src/simulate/random.ts'
import type { Feed } from './feed.ts'
import type { Input } from './input.ts'
import type { Member } from './member.ts'
import type { Site } from './site.ts'

/** What a fault may lay hands on. */
export interface RoundUnderFault {
  readonly site: Site
  readonly database: string
  readonly topic: string
  readonly members: readonly Member[]
  readonly feed: Feed
  /** Events that are stored, undefined while the server does not answer. */
  storedEvents(): Promise<number | undefined>
}

/** One kind of fault. A new one is a file and a line in the registry. */
export interface FaultKind {
  readonly id: string
  /** Fewest processes of the group that it takes. */
  readonly members: number
  /** Why it cannot be had here, if so. */
  readonly missing?: (site: Site) => string | undefined
  /** It adds the topic's last partition, which is not there before. */
  readonly addsPartition?: boolean
  /**
   * Makes the fault, and what ends it; resolves when it is over, not when the program has recovered.
   *
   * @returns what was done, in a few words
   */
  inflict(round: RoundUnderFault, random: Random): Promise<string>
}

/** What a fault that leaves something behind has of its round, which is its own. */
export interface OwnRound extends RoundUnderFault {
  readonly input: Input
  /** Begins to produce the input once more, into a topic that was made anew. */
  feedAgain(): Feed
  /** Database of the run without faults. */
  readonly expected: string
  /** Resolves when so many events are stored. */
  stored(events: number, timeoutMs: number): Promise<void>
  /** Resolves when every stream is open, and all that was produced is stored and handed over. */
  settled(timeoutMs: number): Promise<void>
}

/** A fault after which the store cannot be as without it: the program must say so, and do no more harm. */
export interface LoudKind {
  readonly id: string
  /** @returns what was done, and what of it the program did not say or did wrong */
  run(
    round: OwnRound,
    random: Random,
  ): Promise<{ readonly what: string; readonly differences: readonly string[] }>
}
