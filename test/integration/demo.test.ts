import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import type { Action, Containment } from '../../src/domain/action.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { eventually } from '../support/clickhouse.ts'
import { startProgram, stopPrograms } from '../support/program.ts'

afterEach(stopPrograms)

interface IncidentDetail {
  readonly incident: Incident
  readonly actions: readonly Action[]
  readonly containment: readonly Containment[]
}

const demoFolders = () => readdirSync(tmpdir()).filter(name => name.startsWith('tokenwatch-demo-'))

test('the demo: a theft, an incident with reasons, a dry run, a refused token, an end in order', async () => {
  const foldersBefore = demoFolders()
  const program = startProgram(['serve', '--demo', '--port', '0'])
  const [, url = '', key = ''] = await eventually(
    () => /page\s+(http:\S+)\/#key=(\S+)/.exec(program.output()) ?? undefined,
    60_000,
  )
  const get = async <Reply>(path: string) => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })
    return (await response.json()) as Reply
  }
  const theIncident = async () => {
    const { incidents } = await get<{ incidents?: readonly Incident[] }>('/v1/incidents')
    const [first] = incidents ?? []
    return first && (await get<IncidentDetail>(`/v1/incidents/${first.id}`))
  }

  const planned = await eventually(async () => {
    const detail = await theIncident()
    return detail?.actions[0]?.state === 'planned' && detail
  }, 90_000)
  expect(planned.actions[0]).toMatchObject({ mode: 'dry-run', kind: 'revoke' })
  expect(planned.incident.evidence.length).toBeGreaterThan(2)
  if (hasBrowser) {
    const browser = await openBrowser()
    const page = await browser.newPage()
    await page.goto(`${url}/#key=${key}`)
    await page
      .getByText(/expected .* saw /)
      .first()
      .waitFor()
    await page.getByText('Dry run').first().waitFor()
    await browser.close()
  }

  const contained = await eventually(async () => {
    const detail = await theIncident()
    const nodes = detail?.containment.flatMap(containment => containment.nodes) ?? []
    return nodes.length === 3 && nodes.every(({ state }) => state === 'refused') && detail
  }, 90_000)
  expect(contained.actions[0]?.state).toBe('succeeded')

  const sinceMs = Date.now()
  program.process.kill('SIGINT')
  expect(await program.ended, program.errors()).toBe(0)
  expect(Date.now() - sinceMs).toBeLessThan(10_000)
  expect(demoFolders()).toEqual(foldersBefore)
}, 240_000)
