import { randomUUID } from 'node:crypto'
import { PipelineError } from '../domain/pipeline-error.ts'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { type QueryParameters, selectCells, type TableStore } from './record-table.ts'
import { pause, retryStore } from './retry.ts'

/** Work under a lease takes milliseconds; a holder that died is waited for as long. */
const EXCLUSIVE_MS = 30_000
/** Time that is left for the last write: no further one is begun when less remains. */
const LAST_WRITE_MS = 10_000
/** Longer than a dead holder's lease. */
const WAIT_MS_MAX = 40_000
const RETRY_MS_MIN = 10
const RETRY_MS_MAX = 60
/** Silence after which a process counts as dead. */
const ALIVE_MS = 30_000
const ATTEMPTS_MAX = 3

/** Throws when the lease may be over before a write that is begun now: call it before each. */
type StillHeld = () => void

export interface Leases {
  /** This run of the program. */
  readonly holder: string
  /** No other process can be at work on the store. */
  readonly isAlone: boolean
  /**
   * Does the work while no other process does work of that name; waits for its turn.
   *
   * @throws PipelineError store_busy when the turn does not come within 40 s, or the work takes too long
   */
  exclusively<Value>(name: string, work: (stillHeld: StillHeld) => Promise<Value>): Promise<Value>
  /** Takes or renews the lease for so long; false while another process holds it. */
  tryHold(name: string, forMs: number): Promise<boolean>
  /** Gives a lease back before its time. */
  release(name: string): Promise<void>
  /** Tells the others that this process lives; to be repeated every 10 s. */
  announce(): Promise<void>
  /** Processes that live, this one among them. */
  living(): Promise<ReadonlySet<string>>
  /** Tells the others that this process has ended. */
  leave(): Promise<void>
}

/**
 * Leases in a table. ClickHouse compares nothing and swaps nothing, but what was inserted is seen by every
 * query that begins after the answer. So each process writes that it wants a lease and then looks who else
 * does: of two, the one that looks last sees the other. Who is not alone takes its wish back and tries again.
 *
 * @param options.isSoleUser - no other process can be at work on this server: nothing is asked of it
 */
export function createLeases(
  store: TableStore,
  options: {
    readonly isSoleUser: boolean
    readonly random: () => number
    readonly table?: string
  },
): Leases {
  const holder = randomUUID()
  const inTurn = createTurns()
  if (options.isSoleUser) return ofSoleUser(holder, inTurn)
  const { table = 'leases' } = options
  let sequence = 0

  async function write(name: string, forMs: number): Promise<void> {
    sequence += 1
    await command(store, insertLease(table), { name, holder, sequence, forMs })
  }

  async function holders(name: string): Promise<readonly string[]> {
    const rows = await selectCells(store, selectHolders(table), { name })
    return rows.map(([one]) => String(one))
  }

  const isFree = async (name: string) => (await holders(name)).every(one => one === holder)

  async function tryHold(name: string, forMs: number): Promise<boolean> {
    if (!(await isFree(name))) return false
    await write(name, forMs)
    if (await isFree(name)) return true
    await write(name, 0)
    return false
  }

  /** @returns when it was asked for: it does not last longer than from then on */
  async function take(name: string): Promise<number> {
    const deadlineMs = performance.now() + WAIT_MS_MAX
    for (;;) {
      const askedMs = performance.now()
      if (await tryHold(name, EXCLUSIVE_MS)) return askedMs
      if (askedMs > deadlineMs) {
        throw new PipelineError('store_busy', `Another process holds the lease "${name}".`)
      }
      await pause(RETRY_MS_MIN + options.random() * (RETRY_MS_MAX - RETRY_MS_MIN))
    }
  }

  async function underLease<Value>(name: string, work: (held: StillHeld) => Promise<Value>) {
    const lastWriteMs = (await take(name)) + EXCLUSIVE_MS - LAST_WRITE_MS
    try {
      return await work(() => {
        if (performance.now() < lastWriteMs) return
        throw new PipelineError('store_busy', `The lease "${name}" may be over.`)
      })
    } finally {
      await write(name, 0).catch(() => undefined) // it ends by itself
    }
  }

  return {
    holder,
    isAlone: false,
    exclusively: (name, work) => inTurn(name, () => underLease(name, work)),
    tryHold,
    release: name => write(name, 0),
    announce: () => write(PROCESS, ALIVE_MS),
    living: async () => new Set([holder, ...(await holders(PROCESS))]),
    leave: () => write(PROCESS, 0),
  }
}

const PROCESS = 'process'

type InTurn = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>

/** Within the process: one after the other, by name. */
function createTurns(): InTurn {
  const turns = new Map<string, ReturnType<typeof oneAtATime>>()
  return (name, work) => {
    const inTurn = turns.get(name) ?? oneAtATime()
    turns.set(name, inTurn)
    return inTurn(work)
  }
}

/** One process alone: every lease is free to it. */
function ofSoleUser(holder: string, inTurn: InTurn): Leases {
  return {
    holder,
    isAlone: true,
    exclusively: (name, work) => inTurn(name, () => work(() => undefined)),
    tryHold: () => Promise.resolve(true),
    release: () => Promise.resolve(),
    announce: () => Promise.resolve(),
    living: () => Promise.resolve(new Set([holder])),
    leave: () => Promise.resolve(),
  }
}

const insertLease = (table: string) => `
INSERT INTO ${table} (name, holder, sequence, held_until)
SELECT {name:String}, {holder:String}, {sequence:UInt64}, now64(3) + toIntervalMillisecond({forMs:UInt32})`

const selectHolders = (table: string) => `
SELECT holder
FROM ${table}
WHERE name = {name:String}
GROUP BY holder
HAVING argMax(held_until, sequence) > now64(3)`

function command(store: TableStore, query: string, parameters: QueryParameters): Promise<unknown> {
  const run = () => store.client.command({ query, query_params: { ...parameters } })
  return retryStore(run, { attemptsMax: ATTEMPTS_MAX })
}
