import { expect, test } from 'vitest'
import { processCount } from '../../src/app-members.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { Settings } from '../../src/settings.ts'

const settings = (environment: Record<string, string>) => loadSettings(Settings, { environment })
const kafka = { TOKENWATCH_INGEST_KAFKA_BROKERS: 'kafka:9092' }

test.each([
  [1, 1],
  [2, 1],
  [4, 3],
  [8, 5],
  [64, 8],
])('%d cores are shared by %d processes', (cores, processes) => {
  expect(processCount(settings(kafka), cores)).toBe(processes)
})

test('the setting counts, whatever the cores; without Kafka there is nothing to share', () => {
  expect(processCount(settings({ ...kafka, TOKENWATCH_PROCESSES: '3' }), 1)).toBe(3)
  expect(processCount(settings({ TOKENWATCH_PROCESSES: '3' }), 8)).toBe(1)
})
