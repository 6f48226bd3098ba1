import { runMember } from '../app-members.ts'
import { OperatorError } from '../domain/operator-error.ts'
import { listenToFirstProcess } from '../processes/first-process.ts'

/** A further process of `tokenwatch serve`, which starts it itself. */
export async function memberCommand(): Promise<number> {
  if (process.send === undefined) {
    throw new OperatorError([
      {
        path: 'member',
        problem: 'is started by `tokenwatch serve` alone',
        remedy: 'Set `processes` to the number of processes that are to share the work.',
      },
    ])
  }
  const first = listenToFirstProcess()
  await runMember(first)
  process.exit(0) // the channel would keep it
}
