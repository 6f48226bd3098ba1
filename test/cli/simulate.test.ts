import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { simulateCommand } from '../../src/cli/simulate.ts'
import { OperatorError } from '../../src/domain/operator-error.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenwatch-simulate-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Collects what is written, and says how much may wait in between. */
function slowReader() {
  const chunks: Buffer[] = []
  const output = new Writable({
    highWaterMark: 1_024,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      setImmediate(done)
    },
  })
  return { output, lines: () => Buffer.concat(chunks).toString().trim().split('\n') }
}

test('writes calls, labels and registry; the same options give the same bytes', async () => {
  const args = ['--seed', '5', '--tokens', '20', '--days', '2', '--attacks', 'stolen-token']
  const first = slowReader()
  const second = slowReader()
  const [labels, registry] = [join(folder, 'labels'), join(folder, 'registry')]
  await expect(
    simulateCommand([...args, '--labels', labels, '--registry', registry], first.output),
  ).resolves.toBe(0)
  await simulateCommand(args, second.output)
  expect(first.lines()).toEqual(second.lines())
  const truth = readFileSync(labels, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const attack = truth.find(({ type }) => type === 'attack')
  expect(attack).toMatchObject({ kind: 'stolen-token', role: 'victim' })
  const stolen = first
    .lines()
    .map(line => JSON.parse(line))
    .filter(({ credentialId, ts }) => credentialId === attack.credentialId && ts >= attack.from)
  expect(stolen.length).toBeGreaterThan(50)
  const registered = readFileSync(registry, 'utf8').trim().split('\n')
  expect(registered).toHaveLength(20)
  expect(JSON.parse(registered[0] ?? '')).toHaveProperty('issuedAt')
})

test('tells all wrong options at once', async () => {
  const wrong = simulateCommand(
    [
      '--days',
      'two',
      '--tokens',
      '1.5',
      '--start',
      'noon',
      '--format',
      'xml',
      '--attacks',
      'phishing',
    ],
    new PassThrough(),
  )
  await expect(wrong).rejects.toSatisfy(
    error =>
      error instanceof OperatorError &&
      error.faults
        .map(({ path }) => path)
        .sort()
        .join() === '--attacks,--days,--format,--start,--tokens',
  )
})

test('a world too small for its attacks is the operator’s fault, told as such', async () => {
  const wrong = simulateCommand(
    ['--tokens', '2', '--attacks', 'off-hours,off-hours'],
    new PassThrough(),
  )
  await expect(wrong).rejects.toBeInstanceOf(OperatorError)
})

test('a reader that goes away ends it', async () => {
  const output = new PassThrough({ highWaterMark: 10 })
  output.once('data', () => output.destroy())
  await expect(simulateCommand(['--days', '300'], output)).resolves.toBe(0)
})
