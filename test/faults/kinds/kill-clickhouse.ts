import type { FaultKind } from '../fault-kind.ts'
import { clickhouseAnswers } from '../site.ts'

export const killClickhouse: FaultKind = {
  id: 'kill-clickhouse',
  members: 1,
  async inflict({ site }) {
    site.clickhouse.killServer()
    await clickhouseAnswers(site)
    return 'SIGKILL to ClickHouse, started again'
  },
}
