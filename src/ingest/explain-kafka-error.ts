/** Codes of Node for a broker's certificate that cannot be verified. */
const UNVERIFIED =
  /^(UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/
/** What OpenSSL says when the other side turned our certificate down, or missed it. */
const TURNED_DOWN =
  /alert (bad|unknown|expired|revoked|unsupported)? ?certificate|certificate required/i
const DETAIL_CHARS_MAX = 200

/** What is wrong with the connection, for the health report; with the setting to look at, where one helps. */
export function explainKafkaError(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const message = error.message.trim().slice(0, DETAIL_CHARS_MAX)
  const code = codeOf(error)
  if (code !== undefined && UNVERIFIED.test(code)) {
    return `the broker's certificate cannot be verified (${code}): see ingest.kafka.tls.caFile`
  }
  if (TURNED_DOWN.test(error.message)) {
    return 'the broker did not accept the client certificate, or got none: see ingest.kafka.tls.certFile'
  }
  return message
}

/** kafkajs wraps errors of the socket. */
function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause instanceof Error ? codeOf(error.cause) : undefined
}
