import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Members, startMembers } from '../../src/processes/members.ts'
import { createHealth } from '../../src/telemetry/health.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { until } from '../support/ingest.ts'

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-members-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that says what a test wants of it, and ends when it is told to. */
const script = join(folder, 'member.mjs')
writeFileSync(
  script,
  `process.on('message', message => {
    if (message.kind === 'start') {
      process.send({ kind: 'health', name: 'stream access/3', isHealthy: false, detail: 'stopped' })
      process.send({ kind: 'running' })
    }
    if (message.kind === 'ask') process.send({ kind: 'answer', id: message.id, answer: process.pid })
    if (message.kind === 'stop') process.exit(0)
  })
  process.on('disconnect', () => process.exit(0))`,
)

function aGroup(start: Parameters<typeof startMembers>[0]['fork']) {
  const health = createHealth(Date.now)
  const members: Members = startMembers({
    count: 1,
    fork: start,
    settings: {},
    health,
    log: createLogger({ level: 'silent' }),
    clock: Date.now,
  })
  const state = (name: string) => health.list().find(entry => entry.name === name)?.isHealthy
  return { members, state }
}

test('what a process said last does not stand when it has ended', async () => {
  const { members, state } = aGroup(() => fork(script))
  await until(() => state('process 2') === true)
  expect(state('process 2: stream access/3')).toBe(false)
  const [pid] = await members.ask({ about: 'report' })
  process.kill(Number(pid), 'SIGKILL')
  await until(() => state('process 2') === false)
  expect(state('process 2: stream access/3')).toBe(true)
  await until(() => state('process 2') === true)
  expect(await members.ask({ about: 'report' })).not.toEqual([pid])
  await members.stop(5_000)
  expect(await members.ask({ about: 'report' })).toEqual([])
})

test('a process that cannot be started holds up neither questions nor the stop', async () => {
  const { members, state } = aGroup(() => spawn(join(folder, 'not-there')))
  await until(() => state('process 2') === false)
  expect(await members.ask({ about: 'report' })).toEqual([])
  await members.stop(60_000)
})
