import type { ChildProcess } from 'node:child_process'
import type { Health } from '../telemetry/health.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { FromMember, Question, ToMember } from './messages.ts'

/** Further processes of this program, which do the same work beside the first one. */
export interface Members {
  /** Answers of those that answer in time; one that starts or is stuck is left out. */
  ask(question: Question): Promise<readonly unknown[]>
  /** Has them drain and end; kills those that have not by the deadline. */
  stop(deadlineMs: number): Promise<void>
}

/** Of a process that works alone. */
export const noMembers: Members = {
  ask: () => Promise.resolve([]),
  stop: () => Promise.resolve(),
}

interface MembersDeps {
  /** At least 0. */
  readonly count: number
  /** Starts one, with a channel for messages. */
  fork(): ChildProcess
  /** What each is told to run with. */
  readonly settings: unknown
  readonly health: Health
  readonly log: Logger
  readonly clock: () => number
}

/** Longest wait for an answer, ms. */
const ANSWER_MS = 2_000
/** Between starts of one that ended by itself, doubled from the first to the last, ms. */
const RESTART_MS_MIN = 1_000
const RESTART_MS_MAX = 30_000
/** A member that ran for so long has started well, ms. */
const SETTLED_MS = 60_000

/**
 * Keeps that many members running: one that ends is started again, later and later while that goes on.
 * When the first process ends, however it does, theirs end too: their channel closes.
 */
export function startMembers(deps: MembersDeps): Members {
  const members = Array.from({ length: deps.count }, (_, at) => new Member(deps, at + 2))
  for (const member of members) member.start()
  return {
    async ask(question) {
      const answers = await Promise.all(members.map(member => member.ask(question)))
      return answers.filter(answer => answer !== undefined)
    },
    async stop(deadlineMs) {
      await Promise.all(members.map(member => member.stop(deadlineMs)))
    },
  }
}

class Member {
  readonly #deps: MembersDeps
  /** The first process is number 1. */
  readonly #name: string
  readonly #asked = new Map<number, (answer: unknown) => void>()
  /** Dependencies that it has told of. */
  readonly #told = new Set<string>()
  #ended: Promise<void> = Promise.resolve()
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #delayMs = RESTART_MS_MIN
  #isStopping = false
  #nextId = 0

  constructor(deps: MembersDeps, number: number) {
    this.#deps = deps
    this.#name = `process ${number}`
  }

  start() {
    const { fork, settings, health, log, clock } = this.#deps
    const startedMs = clock()
    const child = fork()
    this.#child = child
    health.set(this.#name, false, 'starting')
    child.on('message', message => this.#hear(message as FromMember))
    this.#ended = new Promise(resolve => {
      const end = (how: string) => {
        resolve()
        if (this.#child === child) this.#end(how, clock() - startedMs)
      }
      child.on('exit', (code, signal) => end(String(signal ?? code)))
      child.on('error', error => {
        log.error({ err: error, name: this.#name }, 'Process not reached.')
        if (child.pid === undefined) end('no start') // then there is no exit to come
      })
    })
    this.#tell({ kind: 'start', settings })
  }

  #end(how: string, livedMs: number) {
    const { health, log } = this.#deps
    this.#child = undefined
    for (const answer of this.#asked.values()) answer(undefined)
    // Its partitions are another's by then: what it said last must not stand for ever.
    for (const name of this.#told) health.set(name, true, 'ended with its process')
    if (this.#isStopping) return
    if (livedMs > SETTLED_MS) this.#delayMs = RESTART_MS_MIN
    health.set(this.#name, false, `ended with ${how}, is started again`)
    log.error({ name: this.#name, how }, 'Process ended, is started again.')
    this.#restart = setTimeout(() => this.start(), this.#delayMs)
    this.#delayMs = Math.min(RESTART_MS_MAX, 2 * this.#delayMs)
  }

  ask(question: Question): Promise<unknown> {
    if (this.#child === undefined) return Promise.resolve(undefined)
    const id = this.#nextId
    this.#nextId += 1
    return new Promise(resolve => {
      const settle = (answer: unknown) => {
        clearTimeout(timer)
        this.#asked.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => settle(undefined), ANSWER_MS)
      this.#asked.set(id, settle)
      this.#tell({ kind: 'ask', id, question })
    })
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child === undefined) return
    this.#tell({ kind: 'stop' })
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await this.#ended
    clearTimeout(timer)
  }

  #hear(message: FromMember) {
    const { health } = this.#deps
    if (message.kind === 'running') health.set(this.#name, true, 'running')
    else if (message.kind === 'health') {
      const name = `${this.#name}: ${message.name}`
      this.#told.add(name)
      health.set(name, message.isHealthy, message.detail)
    } else this.#asked.get(message.id)?.(message.answer)
  }

  /** To one that is about to end nothing can be said, and need not. */
  #tell(message: ToMember) {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined)
  }
}
