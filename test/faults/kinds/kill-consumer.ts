import type { FaultKind } from '../fault-kind.ts'

export const killConsumer: FaultKind = {
  id: 'kill-consumer',
  members: 1,
  inflict({ members }, random) {
    const member = random.pick(members)
    member.kill()
    return Promise.resolve(`SIGKILL to ${member.name}`)
  },
}
