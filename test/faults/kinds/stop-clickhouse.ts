import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'
import { clickhouseAnswers } from '../site.ts'

/** The server stands still, for less or for longer than an insert may take, and then does all that waited. */
export const stopClickhouse: FaultKind = {
  id: 'stop-clickhouse',
  members: 1,
  async inflict({ site }, random) {
    const forMs = random.pick([1_500, 4_000, 8_000])
    const pid = site.clickhouse.store.embedded?.pid ?? 0
    signal(pid, 'SIGSTOP')
    await delay(forMs)
    signal(pid, 'SIGCONT')
    await clickhouseAnswers(site)
    return `SIGSTOP to ClickHouse for ${forMs} ms`
  },
}

/** Another fault may have killed it meanwhile. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT') {
  try {
    if (pid > 0) process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
