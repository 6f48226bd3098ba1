import { createTransport } from 'nodemailer'
import { type Static, Type } from 'typebox'
import type { Fault } from '../../domain/operator-error.ts'
import {
  type Channel,
  type ChannelType,
  type Notice,
  noticeKinds,
  type SendOutcome,
} from '../channel.ts'
import { renderEmail } from '../render-email.ts'

export const EmailChannelSettings = Type.Object(
  {
    smtpUrl: Type.String({
      default: '',
      maxLength: 2_000,
      secret: true,
      description:
        'Mail server: smtp://user:password@mail.example.com:587 (STARTTLS when offered) or smtps://…:465. Empty switches this channel off.',
    }),
    from: Type.String({
      default: '',
      maxLength: 320,
      description: 'Sender of the mails: an address, or Name <address>.',
    }),
    to: Type.Array(Type.String({ maxLength: 320 }), {
      default: [],
      maxItems: 50,
      description: 'Who is told.',
    }),
    requireTls: Type.Boolean({
      default: false,
      description: 'Sends nothing over a connection that the mail server does not encrypt.',
    }),
    timeoutMs: Type.Integer({
      default: 20_000,
      minimum: 100,
      maximum: 120_000,
      description: 'Longest wait for the mail server at each step, in milliseconds.',
    }),
  },
  { description: 'Alerts by email.' },
)
export type EmailChannelSettings = Static<typeof EmailChannelSettings>

/** One mail a notice, HTML and text; the mails of one incident are one thread. */
export const emailChannel = {
  id: 'email',
  settings: EmailChannelSettings,

  faults: ({ smtpUrl, from, to }) => {
    if (smtpUrl === '') return []
    const faults: Fault[] = []
    if (!(URL.canParse(smtpUrl) && /^smtps?:$/.test(new URL(smtpUrl).protocol))) {
      faults.push({
        path: 'smtpUrl',
        problem: 'is not a mail server address',
        remedy: 'smtp://user:password@host:587',
      })
    }
    if (!isAddress(from)) {
      faults.push({ path: 'from', problem: 'is not a mail address', remedy: 'Give the sender.' })
    }
    if (to.length === 0) {
      faults.push({ path: 'to', problem: 'is empty', remedy: 'Give at least one address.' })
    }
    for (const [at, address] of to.entries()) {
      if (isAddress(address)) continue
      faults.push({ path: `to.${at}`, problem: 'is not a mail address', remedy: 'name@host' })
    }
    return faults
  },

  open: (settings, { consoleUrl }): Channel | undefined => {
    if (settings.smtpUrl === '') return undefined
    const { smtpUrl, from, to, timeoutMs, requireTls } = settings
    const transport = createTransport({
      ...serverOf(smtpUrl),
      requireTLS: requireTls,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A mail is made of text from logs: nothing in it may name a file or an address to load.
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'tokenwatch.invalid'
    return {
      id: 'email',
      kinds: noticeKinds,
      async send(notice) {
        try {
          const { rejected } = await transport.sendMail({
            from,
            to: [...to],
            ...renderEmail(notice, consoleUrl),
            ...threadHeaders(notice, domain),
          })
          const detail =
            rejected.length === 0
              ? `accepted for ${to.length}`
              : `accepted, ${rejected.length} of ${to.length} recipients refused`
          return { kind: 'accepted', detail }
        } catch (error) {
          return outcomeOf(error)
        }
      },
      close: () => Promise.resolve(transport.close()),
    }
  },
} as const satisfies ChannelType<typeof EmailChannelSettings>

const isAddress = (text: string) => /^(?:[^<>@\r\n]*<)?[^<>@\s]+@[^<>@\s]+>?$/.test(text)

function serverOf(smtpUrl: string) {
  const url = new URL(smtpUrl)
  const secure = url.protocol === 'smtps:'
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    ...(auth.user !== '' && { auth }),
  }
}

/**
 * Message ids made from the notice: an attempt that was accepted though we did not hear of it is the
 * same mail again, and what follows on an incident refers to its first mail.
 */
function threadHeaders(notice: Notice, domain: string) {
  const messageId = `<${notice.id}@${domain}>`
  const common = { messageId, headers: { 'Auto-Submitted': 'auto-generated' } }
  if (notice.kind === 'digest') return common
  const { id } = notice.incident
  const first = `<${id}-1@${domain}>`
  return {
    ...common,
    headers: { ...common.headers, 'X-Tokenwatch-Incident': id },
    ...(first !== messageId && { inReplyTo: first, references: [first] }),
  }
}

/** Codes of the connection, and what to do about each is plain from the words. */
const words: Readonly<Record<string, string>> = {
  ECONNECTION: 'no connection to the mail server',
  ECONNREFUSED: 'no connection to the mail server',
  ESOCKET: 'no connection to the mail server',
  EDNS: 'the mail server was not found',
  ETIMEDOUT: 'the mail server did not answer in time',
  ETLS: 'no encrypted connection to the mail server',
  EAUTH: 'the mail server does not accept the login',
  EENVELOPE: 'the mail server does not accept sender or recipients',
  EMESSAGE: 'the mail server does not accept the mail',
}

/** A 5xx reply is final, everything else may pass. The reply's text stays where it is. */
function outcomeOf(error: unknown): SendOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isReply = error instanceof Error && 'responseCode' in error
  const reply = isReply && typeof error.responseCode === 'number' ? error.responseCode : undefined
  const what = words[code] ?? 'the mail was not sent'
  const detail = reply === undefined ? what : `SMTP ${reply}: ${what}`
  const isFinal = reply !== undefined && reply >= 500
  return isFinal ? { kind: 'refused', detail } : { kind: 'unavailable', detail }
}
