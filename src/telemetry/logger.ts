import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * The structured log: JSON lines on standard error, an object and one fixed sentence each.
 * Callers pass ids, codes and counts, never a request, a header map or a foreign error's body;
 * the redaction below is the second line of defense, not the first.
 */
export function createLogger(options: {
  readonly level: string
  readonly destination?: DestinationStream
}): Logger {
  const paths = ['authorization', 'cookie', 'token', 'key', 'secret', 'password', 'apikey'].flatMap(
    name => [name, `*.${name}`, `*.*.${name}`],
  )
  return pino(
    {
      level: options.level,
      base: null,
      redact: { paths, censor: '[redacted]' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: describeError },
    },
    options.destination ?? pino.destination(2),
  )
}

/** Name, code and message of an error and its causes, without stack frames of foreign text. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, message, cause } = error
  const code = 'code' in error ? String(error.code) : undefined
  return {
    name,
    message: message.slice(0, 300),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  }
}
