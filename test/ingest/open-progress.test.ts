import { expect, test } from 'vitest'
import { createOpenProgress } from '../../src/ingest/open-progress.ts'
import { createTestTelemetry } from '../support/response.ts'

const stream = { source: 'access', partition: 3 }

function setUp() {
  let nowMs = 1_000_000
  const telemetry = createTestTelemetry(() => nowMs)
  const progress = createOpenProgress({ stream, clock: () => nowMs, ...telemetry })
  const detail = () => telemetry.health.inProgress()[0]?.detail
  const share = async () => (await telemetry.metrics.streamOpening.get()).values[0]?.value
  const passMs = (ms: number) => {
    nowMs += ms
  }
  return { progress, detail, share, passMs, ...telemetry }
}

test('tells what is done, of how much, and how long the rest may take', async () => {
  const { progress, detail, share, passMs } = setUp()
  progress.taking()
  expect(detail()).toBe('taking it over')
  passMs(2_000)
  progress.loaded(40_000, 0.5)
  expect(detail()).toBe('loading baselines, 40,000 tokens, about 2 s left')
  expect(await share()).toBe(0.1)

  const replayed = progress.replaying(400_000)
  passMs(3_000)
  replayed(100_000)
  expect(detail()).toBe('replaying, 100,000 of 400,000 records, about 9 s left')
  expect(await share()).toBeCloseTo(0.4)
  progress.ended()
  expect(await share()).toBeUndefined()
})

test('writes a line every few seconds, not with each step', () => {
  const { progress, passMs, lines, health } = setUp()
  progress.taking()
  const replayed = progress.replaying(100)
  for (let done = 1; done <= 70; done++) {
    passMs(100)
    replayed(done)
  }
  expect(lines).toHaveLength(2)
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    ...{ level: 'info', partition: 3, share: 0.6, restSeconds: 4 },
    msg: 'Stream is being opened.',
  })
  // Until it is open, or has failed.
  health.set('stream access/3', true, 'open')
  expect(health.inProgress()).toEqual([])
})
