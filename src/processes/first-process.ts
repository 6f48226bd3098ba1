import type { FromMember, Question, ToMember } from './messages.ts'

/** A member's end of the channel to the first process. */
export interface FirstProcess {
  /** Settings to run with; never resolves in a process that nobody has forked. */
  readonly settings: Promise<unknown>
  /** Resolves when it is time to end: told so, or the first process is gone. */
  readonly stop: Promise<void>
  /** Passes on the state of a dependency. */
  tellHealth(name: string, isHealthy: boolean, detail: string): void
  /** Says that it runs, and answers from now on. */
  serve(answer: (question: Question) => unknown): void
}

/** Listens to the process that has forked this one. Signals of a terminal go to both: only the first heeds them. */
export function listenToFirstProcess(): FirstProcess {
  let begin: (settings: unknown) => void = () => undefined
  let end: () => void = () => undefined
  let answerTo: ((question: Question) => unknown) | undefined
  const settings = new Promise<unknown>(resolve => {
    begin = resolve
  })
  const stop = new Promise<void>(resolve => {
    end = resolve
  })
  const tell = (message: FromMember) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
  process.on('message', async received => {
    const message = received as ToMember
    if (message.kind === 'start') begin(message.settings)
    else if (message.kind === 'stop') end()
    else {
      const { id, question } = message
      try {
        tell({ kind: 'answer', id, answer: await answerTo?.(question) })
      } catch {
        tell({ kind: 'answer', id, answer: undefined }) // as if it had none: a question must not end the work
      }
    }
  })
  process.on('disconnect', () => end())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  return {
    settings,
    stop,
    tellHealth: (name, isHealthy, detail) => tell({ kind: 'health', name, isHealthy, detail }),
    serve(answer) {
      answerTo = answer
      tell({ kind: 'running' })
    },
  }
}
