import type { ActionNotice, Digest, IncidentNotice, Notice } from './channel.ts'
import { type IncidentFacts, renderIncidentFacts } from './render-incident.ts'
import { escapeHtml, noticeWords, plain } from './render-text.ts'

export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const SUBJECT_LENGTH_MAX = 180
const STYLE =
  'font-family:system-ui,sans-serif;font-size:14px;line-height:1.5;color:#1b1f24;max-width:680px'
const FOOTER =
  'Sent by tokenwatch. Whether a token was misused is for you to judge: if it was not, mark the incident as a false positive.'

/** A notice as a mail that can be read without images, links or scripts. */
export function renderEmail(notice: Notice, consoleUrl: string): Mail {
  return notice.kind === 'digest'
    ? renderDigest(notice.digest, consoleUrl)
    : renderIncidentMail(notice, consoleUrl)
}

function renderIncidentMail(notice: IncidentNotice | ActionNotice, consoleUrl: string): Mail {
  const facts = renderIncidentFacts(notice, consoleUrl)
  const { severity } = notice.incident
  const subject = `[tokenwatch] ${severity}: ${facts.headline}`.slice(0, SUBJECT_LENGTH_MAX)
  return { subject, text: incidentText(facts), html: incidentHtml(facts) }
}

function incidentText({ headline, warning, facts, reasons, link }: IncidentFacts): string {
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    headline,
    '',
    ...(warning === undefined ? [] : [warning, '']),
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    'Why:',
    ...reasons.flatMap(({ share, text, history }) => [
      `- (${share}) ${text}`,
      ...(history === '' ? [] : [`  ${history}`]),
    ]),
    '',
    ...(link === undefined ? [] : [link, '']),
    FOOTER,
    '',
  ].join('\n')
}

function incidentHtml({ headline, warning, facts, reasons, link }: IncidentFacts): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th align="left" style="padding-right:16px;font-weight:normal;color:#59636e">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  )
  const items = reasons.map(
    ({ share, text, history }) =>
      `<li><strong>${escapeHtml(text)}</strong> <span style="color:#59636e">(${escapeHtml(share)}) ${escapeHtml(history)}</span></li>`,
  )
  return page(headline, [
    ...(warning === undefined
      ? []
      : [`<p style="color:#b3261e"><strong>${escapeHtml(warning)}</strong></p>`]),
    `<table cellspacing="0" cellpadding="2">${rows.join('')}</table>`,
    `<p>Why:</p><ul>${items.join('')}</ul>`,
    ...(link === undefined ? [] : [`<p><a href="${escapeHtml(link)}">Open the incident</a></p>`]),
  ])
}

function renderDigest(digest: Digest, consoleUrl: string): Mail {
  const { day, tenant } = digest
  const whose = tenant === undefined ? '' : ` (${plain(tenant)})`
  const headline = `${noticeWords.digest} ${day}${whose}`
  const { critical, high, medium, low } = digest.bySeverity
  const facts: [string, string][] = [
    ['Calls', String(digest.eventCount)],
    ['Active tokens', String(digest.activeTokenCount)],
    ['Findings', String(digest.findingCount)],
    [
      'Incidents opened',
      `${digest.openedCount} (${critical} critical, ${high} high, ${medium} medium, ${low} low)`,
    ],
    ['Incidents closed', `${digest.closedCount} (${digest.falsePositiveCount} false positives)`],
    ['Open now', String(digest.openCount)],
    ['Actions', String(digest.actionCount)],
  ]
  const top = digest.top.map(({ severity, title }) => `${severity}: ${plain(title)}`)
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(18)} ${value}`)
  const list = top.map(line => `- ${line}`)
  return {
    subject: `[tokenwatch] ${headline}: ${digest.openedCount} opened, ${digest.openCount} open`,
    text: [
      headline,
      '',
      ...lines,
      ...(list.length === 0 ? [] : ['', 'Most severe:', ...list]),
      ...(consoleUrl === '' ? [] : ['', consoleUrl]),
      '',
    ].join('\n'),
    html: page(headline, [
      `<table cellspacing="0" cellpadding="2">${facts
        .map(
          ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
        )
        .join('')}</table>`,
      ...(top.length === 0
        ? []
        : [
            `<p>Most severe:</p><ul>${top.map(line => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`,
          ]),
      ...(consoleUrl === ''
        ? []
        : [`<p><a href="${escapeHtml(consoleUrl)}">Open the console</a></p>`]),
    ]),
  }
}

const page = (headline: string, parts: readonly string[]) =>
  `<!doctype html><html lang="en"><body style="${STYLE}"><h1 style="font-size:18px">${escapeHtml(headline)}</h1>${parts.join('')}<p style="color:#59636e;font-size:12px">${escapeHtml(FOOTER)}</p></body></html>`
