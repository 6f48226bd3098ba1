import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Api } from '../../src/api/api-instance.ts'
import { createApi } from '../../src/api/server.ts'
import { adminKey, aTokenSummary, someDeps } from '../support/api.ts'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { anEvidence } from '../support/records.ts'
import { aTheft } from '../support/theft.ts'

const root = resolve(import.meta.dirname, '../..')
const hostile = '<img src=x onerror="document.title=\'taken\'"><b>bold</b>'

if (!hasBrowser) {
  process.stderr.write('SKIPPED: console tests need Chromium: install it or set CHROMIUM_PATH.\n')
}

describe.skipIf(!hasBrowser)('console', () => {
  const consoleFolder = mkdtempSync(join(tmpdir(), 'tokenwatch-console-'))
  let browser: Browser
  let api: Api
  let page: Page
  let origin: string
  let theft: ReturnType<typeof aTheft>
  let complaints: string[]

  beforeAll(async () => {
    const vite = join(root, 'node_modules/vite/bin/vite.js')
    const options = ['--outDir', consoleFolder, '--emptyOutDir', '--logLevel', 'warn']
    execFileSync(process.execPath, [vite, 'build', 'dashboards/console', ...options], { cwd: root })
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(consoleFolder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    theft = aTheft(Date.now())
    api = await createApi({ ...someDeps(theft.deps), consoleFolder })
    origin = await api.listen({ host: '127.0.0.1', port: 0 })
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(10_000)
    complaints = []
    page.on('pageerror', error => complaints.push(error.message))
    page.on('console', message => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })

  afterEach(async () => {
    await page.close()
    await api.close()
    // A violation of the content policy, a missing file or an exception is told here.
    expect(complaints).toEqual([])
  })

  const open = (tail = '') => page.goto(`${origin}/#key=${adminKey}${tail}`)
  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? ''

  test('shows counters, what the demo does, and the worst incident with its reasons', async () => {
    await open()
    await page.getByText('Expected calls from AS64496').waitFor()
    expect(await text('[data-counter=events]')).toContain('1,234,567')
    expect(await text('[data-counter=incidents]')).toContain('3')
    expect(await text('[data-counter=rejects]')).toContain('44')
    expect(await text('.demo')).toContain('used by a thief')
    expect(await page.locator('.incidents li').count()).toBe(3)
    expect(await text('.evidence')).toMatch(/Enumeration34 %/)
    expect(await text('.action')).toContain('Dry run')
    expect(await page.title()).toBe('(3) tokenwatch')
  })

  test('takes the key out of the address, and keeps it over a reload of this tab', async () => {
    await open()
    await page.locator('.incidents li').first().waitFor()
    expect(page.url()).not.toContain(adminKey)
    await page.reload()
    await page.locator('.incidents li').first().waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin key').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  test('asks for a key, and says when one is refused', async () => {
    await page.goto(origin)
    await page.getByLabel('Admin key').fill('twk_wrong')
    await page.getByRole('button', { name: 'Open the console' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Admin key').fill(adminKey)
    await page.keyboard.press('Enter')
    await page.locator('.incidents li').first().waitFor()
    // The browser itself reports refused requests: these are meant.
    complaints = complaints.filter(complaint => !complaint.includes('401'))
  })

  test('acknowledges with the note that was typed while the page went on polling', async () => {
    await open()
    const note = page.getByLabel('Note')
    await note.fill('Asked the owner.')
    const polled = page.waitForResponse(reply => reply.url().endsWith('/v1/incidents/incident-1'))
    await polled
    expect(await note.inputValue()).toBe('Asked the owner.')
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.locator('.detail .chip.acknowledged').waitFor()
    expect(theft.calls).toEqual([{ id: 'incident-1', actor: 'admin', note: 'Asked the owner.' }])
  })

  test('carries out a dry run only when confirmed, and shows what each node does', async () => {
    await open()
    await page.getByRole('button', { name: 'Carry out' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(theft.executed).toEqual([])
    await page.getByRole('button', { name: 'Carry out' }).click()
    await page.getByRole('button', { name: 'Revoke now' }).click()
    await page.getByText('Not contained').waitFor()
    expect(theft.executed).toEqual(['action-1'])
    const nodes = await text('.containment')
    expect(nodes).toMatch(/kong-1Refused12 calls refused since .* 1\.3 s after the action/)
    expect(nodes).toMatch(/kong-2Still serving3 answered after the action/)
    expect(await page.getByRole('button', { name: 'Carry out' }).count()).toBe(0)
  })

  test('shows what came from a log line as text', async () => {
    const [first] = theft.incidents
    if (first === undefined) throw new TypeError('no incident')
    const evidence = [anEvidence({ text: hostile, values: [hostile], history: hostile })]
    theft.incidents[0] = { ...first, title: hostile, tokenHint: hostile, tenant: hostile, evidence }
    await open()
    await page.locator('.evidence').waitFor()
    expect(await text('.detail h2')).toBe(hostile)
    expect(await text('.evidence .value')).toBe(hostile)
    expect(await text('.incidents li:first-child')).toContain(hostile)
    expect(await page.locator('#console img, #console b').count()).toBe(0)
    expect(await page.title()).not.toBe('taken')
  })

  test('says so when an incident or a token is not known', async () => {
    await open()
    await page.locator('.evidence').waitFor()
    await page.evaluate("location.hash = '#/incidents/gone'")
    await page.getByText('No incident to show').waitFor()
    await page.evaluate("location.hash = '#/tokens/gone'")
    await page.getByText('No token to show').waitFor()
    // The browser itself reports what was not found: it is meant.
    complaints = complaints.filter(complaint => !/status of 40[04]/.test(complaint))
  })

  test('shows the profile of the token behind an incident', async () => {
    await open()
    await page.locator('.detail-head a code').click()
    await page.getByText('typically 310').waitFor()
    expect(page.url()).toContain(`#/tokens/${aTokenSummary().token}`)
    expect(await page.locator('rect.heat').count()).toBe(168)
    expect(await text('.detail')).toContain('203.0.113.0/24')
    expect(await text('.detail')).toContain('POST /orders')
  })

  test('shows streams, dependencies and rejects', async () => {
    await open()
    await page.getByRole('link', { name: 'Pipeline' }).click()
    await page.getByText('Missing identity').waitFor()
    expect(await text('.grid')).toContain('clickhouse')
    expect(await text('.grid')).toContain('http.edge')
  })

  test('works with the keyboard on a narrow screen, and is never wider than it', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await open()
    const first = page.locator('.incidents a').first()
    await first.waitFor()
    await first.focus()
    await page.keyboard.press('Enter')
    await page.locator('.evidence').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.getByRole('link', { name: 'All incidents' }).click()
    await first.waitFor()
  })

  test('says when the server is away, and comes back by itself', async () => {
    await open()
    await page.getByText('live', { exact: true }).waitFor()
    await page.route('**/v1/**', route => route.abort())
    await page.getByText('reconnecting').waitFor()
    await page.unroute('**/v1/**')
    await page.getByText('live', { exact: true }).waitFor()
    complaints = complaints.filter(complaint => !complaint.includes('ERR_FAILED'))
  })

  test('the API document opens without a key', async () => {
    await page.goto(`${origin}/docs/`)
    await page.getByText('/v1/incidents/{id}/acknowledge').waitFor()
  })
})
