import type { Notice } from './channel.ts'

/** Longest value from a log that a mail or a payload shows. */
const VALUE_LENGTH_MAX = 300

/**
 * Text from a log made safe to show: what comes from a request may hold line breaks that forge a
 * header or a line, and direction marks that reverse what is read.
 */
export const plain = (text: string) =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, VALUE_LENGTH_MAX)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for an HTML element or a quoted attribute. */
export const escapeHtml = (text: string) =>
  plain(text).replaceAll(/[&<>"']/g, character => entities[character] ?? '')

/** `2026-03-14 09:26:53 UTC`. */
export const renderTime = (ms: number) =>
  new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')

/** What happened, as the first words of a mail's text. */
export const noticeWords: Readonly<Record<Notice['kind'], string>> = {
  opened: 'New incident',
  severity_raised: 'Severity raised',
  resolved: 'Incident resolved',
  false_positive: 'Incident marked as a false positive',
  action_failed: 'Action failed',
  still_serving: 'Token still served after an action',
  digest: 'Daily digest',
}
