import { expect, test } from 'vitest'
import type { ActionNotice, Notice } from '../../src/alert/channel.ts'
import { renderEmail } from '../../src/alert/render-email.ts'
import { escapeHtml, plain } from '../../src/alert/render-text.ts'
import { renderWebhook } from '../../src/alert/render-webhook.ts'
import { anAction, anEvidence, anIncident, aTrigger, monday } from '../support/records.ts'

const node = {
  ...{ gateway: 'kong', node: 'kong-2', state: 'still_serving' as const },
  ...{
    firstRefusedMs: undefined,
    lastRefusedMs: undefined,
    lastServedMs: monday,
    servedAfterCount: 3,
    refusedCount: 0,
  },
}
const stillServing: ActionNotice = {
  ...{ id: 'n', atMs: monday, kind: 'still_serving', incident: anIncident() },
  ...{ action: anAction({ kind: 'suspend' }), node },
}

test('a token that is still served is told with the node, the calls and the time', () => {
  const { subject, text } = renderEmail(stillServing, '')
  expect(subject).toMatch(/^\[tokenwatch\] high: Token still served after an action: /)
  expect(text).toContain(
    'The suspend did not take effect on kong kong-2. 3 calls were answered, the last at 2024-03-04 10:00:00 UTC.',
  )
  expect(JSON.parse(renderWebhook(stillServing, ''))).toMatchObject({
    type: 'token.still_serving',
    data: { action: { kind: 'suspend' }, node: { node: 'kong-2', servedAfterCount: 3 } },
  })
})

test('a failed action says that the token works on', () => {
  const action = anAction({ attempts: 4, lastOutcome: 'HTTP 503', state: 'failed' })
  const notice = { ...stillServing, kind: 'action_failed', action, node: undefined } as const
  expect(renderEmail(notice, '').text).toContain(
    'The revoke by webhook failed after 4 attempts (HTTP 503): the token works on.',
  )
})

test('a digest counts the day and names the worst', () => {
  const digest: Notice = {
    ...{ id: 'digest-2024-03-04', atMs: monday, kind: 'digest' },
    digest: {
      ...{ day: '2024-03-04', tenant: undefined, eventCount: 12_000, activeTokenCount: 40 },
      ...{ findingCount: 7, openCount: 2, openedCount: 3, closedCount: 1, falsePositiveCount: 1 },
      bySeverity: { low: 0, medium: 1, high: 2, critical: 0 },
      ...{ actionCount: 1, top: [anIncident({ title: 'Token <b>x</b>' })] },
    },
  }
  const { subject, text, html } = renderEmail(digest, '')
  expect(subject).toBe('[tokenwatch] Daily digest 2024-03-04: 3 opened, 2 open')
  expect(text).toContain('Incidents opened:  3 (0 critical, 2 high, 1 medium, 0 low)')
  expect(text).toContain('- high: Token <b>x</b>')
  expect(html).toContain('high: Token &lt;b&gt;x&lt;/b&gt;')
  expect(JSON.parse(renderWebhook(digest, ''))).toMatchObject({
    type: 'digest.daily',
    data: { day: '2024-03-04', top: [{ severity: 'high' }] },
  })
})

test('text from a request can forge neither a line nor markup, nor turn the reading around', () => {
  expect(plain('a\r\nBcc: b\u202Ec\u2028d\u0000')).toBe('a Bcc: b c d')
  expect(escapeHtml(`<a href="x" title='y'>&`)).toBe(
    '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;',
  )
  const hostile = '"><img src=x onerror=alert(1)>\r\nBcc: x@example.com'
  const { subject, html } = renderEmail(
    {
      ...{ id: 'n', atMs: monday, kind: 'opened' },
      incident: anIncident({
        ...{ title: hostile, tokenHint: hostile, tenant: hostile, note: hostile },
        evidence: [anEvidence({ text: hostile, history: hostile })],
        trigger: aTrigger({ client: hostile, route: hostile }),
      }),
    },
    '',
  )
  expect(subject).not.toMatch(/[\r\n]/)
  expect(html).not.toContain('<img')
})

test('the payload of the largest incident stays below the 20 kB that receivers may count on', () => {
  const long = 'x'.repeat(2_000)
  const evidence = Array.from({ length: 12 }, (_, at) =>
    anEvidence({
      detector: `detector-${at}`,
      text: long,
      history: long,
      values: Array(5).fill(long),
    }),
  )
  const incident = anIncident({ title: long, note: long, evidence })
  const body = renderWebhook({ id: 'n', atMs: monday, kind: 'opened', incident }, '')
  expect(body.length).toBeLessThan(20_000)
})
