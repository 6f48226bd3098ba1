import { type Static, Type } from 'typebox'

const limit = (options: {
  readonly default: number
  readonly minimum: number
  readonly maximum: number
  readonly description: string
}) => Type.Integer(options)

/** The HTTP server: API, ingest and console. */
export const ApiSettings = Type.Object(
  {
    host: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      maxLength: 255,
      description:
        'Address to listen on. Anything but a loopback address belongs behind TLS: keys travel in a header.',
    }),
    port: limit({
      default: 8470,
      minimum: 0,
      maximum: 65_535,
      description: 'Port to listen on; 0 takes a free one.',
    }),
    adminKey: Type.String({
      default: '',
      pattern: '^$|^[A-Za-z0-9_-]{24,200}$',
      secret: true,
      description:
        'Admin key of your own, 24 to 200 letters, digits, - or _. Empty: one is made on first start and shown once.',
    }),
    ingestKeys: Type.Array(
      Type.String({ pattern: '^[A-Za-z0-9._-]{1,60}=[A-Za-z0-9_-]{24,200}$' }),
      {
        default: [],
        maxItems: 1_000,
        secret: true,
        description:
          'Keys that may only send events, each as `name=key`; the name tells the sender in limits and in the audit, the key has 24 to 200 letters, digits, - or _.',
      },
    ),
    trustedProxies: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      default: [],
      maxItems: 100,
      description:
        'Addresses or ranges of reverse proxies whose X-Forwarded-For is believed when requests are counted.',
    }),
    bodyBytesMax: limit({
      default: 16 * 1024 * 1024,
      minimum: 1_024,
      maximum: 256 * 1024 * 1024,
      description: 'Largest body of a request as sent, compressed or not.',
    }),
    requestsPerMinuteMax: limit({
      default: 1_200,
      minimum: 10,
      maximum: 1_000_000,
      description: 'Requests of one client address in a minute. An open console makes about 150.',
    }),
    ingestRequestsPerMinuteMax: limit({
      default: 6_000,
      minimum: 10,
      maximum: 1_000_000,
      description: 'Ingest requests of one client address in a minute, counted on their own.',
    }),
    refusedKeysPerMinuteMax: limit({
      default: 60,
      minimum: 1,
      maximum: 100_000,
      description: 'Wrong keys of one client address in a minute, before it is told to wait.',
    }),
    requestTimeoutMs: limit({
      default: 60_000,
      minimum: 1_000,
      maximum: 600_000,
      description: 'Time to receive a whole request. Bounds what slow senders can hold open.',
    }),
    handlerTimeoutMs: limit({
      default: 60_000,
      minimum: 1_000,
      maximum: 600_000,
      description: 'Time to answer a request once it is received.',
    }),
    keepAliveTimeoutMs: limit({
      default: 20_000,
      minimum: 1_000,
      maximum: 600_000,
      description: 'Time that an idle connection is kept open.',
    }),
  },
  { description: 'HTTP server: API, ingest and console.' },
)
export type ApiSettings = Static<typeof ApiSettings>
