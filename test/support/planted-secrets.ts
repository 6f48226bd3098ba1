import { createRandom, type Random } from '../../src/simulate/random.ts'

/** A credential that never was valid, in the shape that its issuer gives to real ones. */
export interface PlantedSecret {
  readonly issuer: string
  readonly value: string
  /** Characters at its beginning that every credential of the issuer has. */
  readonly publicLength: number
  /**
   * Nothing in the value itself tells that it is a secret (a password, a UUID): only the name of its
   * place does, so it is planted only in places that have one.
   */
  readonly isPlain: boolean
}

const digits = '0123456789'
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lower = upper.toLowerCase()
const base62 = digits + upper + lower
const base64 = `${base62}+/`
const base64url = `${base62}-_`
const base32 = `${upper}234567`
const hexDigits = '0123456789abcdef'

type Draw = (random: Random) => readonly [publicPart: string, secretPart: string]

const draw = (random: Random, alphabet: string, length: number) =>
  Array.from({ length }, () => alphabet[random.integer(alphabet.length)]).join('')

/** Put together here, so that no scanner of repositories takes this file for a leak. */
const prefixed =
  (parts: readonly string[], alphabet: string, length: number): Draw =>
  random => [parts.join(''), draw(random, alphabet, length)]

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function jsonWebToken(random: Random): readonly [string, string] {
  const header = encode({ alg: 'RS256', typ: 'JWT' })
  const payload = encode({ jti: random.hex(32), iat: 1_767_225_600, sub: `user-${random.hex(4)}` })
  return [`${header}.`, `${payload}.${draw(random, base64url, 86)}`]
}

/** User and password as an Authorization header of scheme Basic carries them. */
function basicCredential(random: Random): readonly [string, string] {
  const pair = `svc-${random.hex(4)}:${draw(random, base62, 22)}`
  return ['', Buffer.from(pair).toString('base64')]
}

/** What `%` + `8Q~` marks as a client secret of Azure stands in its middle. */
const azureClientSecret: Draw = random => [
  '',
  `${draw(random, base62, 3)}8Q~${draw(random, base62, 34)}`,
]

const signedCookie: Draw = random => [
  's:',
  `${draw(random, base64url, 32)}.${draw(random, base62, 43)}`,
]

const discordToken: Draw = random => [
  '',
  [draw(random, base62, 24), draw(random, base62, 6), draw(random, base64url, 27)].join('.'),
]

const telegramToken: Draw = random => [
  '',
  `${1 + random.integer(9)}${draw(random, digits, 9)}:AA${draw(random, base64url, 33)}`,
]

const slackToken: Draw = random => [
  ['xox', 'b-'].join(''),
  [draw(random, digits, 12), draw(random, digits, 13), draw(random, base62, 24)].join('-'),
]

const mailchimpKey: Draw = random => ['', `${random.hex(32)}-us${1 + random.integer(20)}`]

const sendGridKey: Draw = random => [
  ['S', 'G.'].join(''),
  `${draw(random, base64url, 22)}.${draw(random, base64url, 43)}`,
]

const uuid: Draw = random => [
  '',
  [random.hex(8), random.hex(4), `4${random.hex(3)}`, `a${random.hex(3)}`, random.hex(12)].join(
    '-',
  ),
]

/** As people make them up: syllables, a mark, digits. */
const password: Draw = random => {
  const syllables = Array.from(
    { length: 5 },
    () => draw(random, 'bdfgklmnprstvz', 1) + draw(random, 'aeiou', 1),
  )
  return ['', `${syllables.join('')}!${draw(random, digits, 4)}`]
}

const issuers: readonly (readonly [issuer: string, draw: Draw])[] = [
  ['aws access key', prefixed(['AK', 'IA'], base32, 16)],
  ['aws temporary key', prefixed(['AS', 'IA'], base32, 16)],
  ['aws secret key', prefixed([], base64, 40)],
  ['github', prefixed(['gh', 'p_'], base62, 36)],
  ['github app', prefixed(['gh', 's_'], base62, 36)],
  ['github fine-grained', prefixed(['github', '_pat_'], base62, 82)],
  ['gitlab', prefixed(['gl', 'pat-'], base64url, 20)],
  ['slack', slackToken],
  ['slack app', prefixed(['xa', 'pp-1-A'], base62, 60)],
  ['stripe', prefixed(['sk', '_live_'], base62, 24)],
  ['stripe restricted', prefixed(['rk', '_live_'], base62, 99)],
  ['openai', prefixed(['sk', '-proj-'], base64url, 120)],
  ['openai legacy', prefixed(['sk', '-'], base62, 48)],
  ['anthropic', prefixed(['sk', '-ant-', 'api03-'], base64url, 93)],
  ['google api', prefixed(['AI', 'za'], base64url, 35)],
  ['google oauth', prefixed(['ya', '29.a0'], base64url, 120)],
  ['google client secret', prefixed(['GO', 'CSPX-'], base64url, 28)],
  ['npm', prefixed(['np', 'm_'], base62, 36)],
  ['pypi', prefixed(['py', 'pi-', 'AgEIcHlwaS5vcmc'], base64url, 130)],
  ['docker', prefixed(['dckr', '_pat_'], base64url, 27)],
  ['sendgrid', sendGridKey],
  ['mailgun', prefixed(['ke', 'y-'], hexDigits, 32)],
  ['mailchimp', mailchimpKey],
  ['twilio', prefixed(['S', 'K'], hexDigits, 32)],
  ['twilio auth token', prefixed([], hexDigits, 32)],
  ['shopify', prefixed(['shp', 'at_'], hexDigits, 32)],
  ['square', prefixed(['sq0', 'atp-'], base64url, 22)],
  ['facebook', prefixed(['EA', 'AG'], base62, 120)],
  ['digitalocean', prefixed(['dop', '_v1_'], hexDigits, 64)],
  ['databricks', prefixed(['da', 'pi'], hexDigits, 32)],
  ['azure client secret', azureClientSecret],
  ['azure storage key', random => ['', `${draw(random, base64, 86)}==`]],
  ['cloudflare', prefixed([], base64url, 40)],
  ['hugging face', prefixed(['h', 'f_'], base62, 34)],
  ['groq', prefixed(['gs', 'k_'], base62, 52)],
  ['vault', prefixed(['hv', 's.'], base62, 92)],
  ['grafana', random => [['gl', 'sa_'].join(''), `${draw(random, base62, 32)}_${random.hex(8)}`]],
  ['new relic', prefixed(['NR', 'AK-'], upper + digits, 27)],
  ['atlassian', prefixed(['AT', 'ATT3xFfGF0'], base64url, 180)],
  ['linear', prefixed(['lin', '_api_'], base62, 40)],
  ['notion', prefixed(['nt', 'n_'], base62, 46)],
  ['airtable', random => [['pa', 't'].join(''), `${draw(random, base62, 14)}.${random.hex(64)}`]],
  ['discord', discordToken],
  ['telegram', telegramToken],
  ['tokenwatch', prefixed(['tw', 'k_'], base64url, 43)],
  ['json web token', jsonWebToken],
  ['signed session cookie', signedCookie],
  ['hex of 128 bits', prefixed([], hexDigits, 32)],
  ['hex of 160 bits', prefixed([], hexDigits, 40)],
  ['hex of 256 bits', prefixed([], hexDigits, 64)],
  ['base64 of 256 bits', random => ['', `${draw(random, base64, 43)}=`]],
  ['base64url of 256 bits', prefixed([], base64url, 43)],
  ['base62 of 40', prefixed([], base62, 40)],
]

const plainIssuers: readonly (readonly [issuer: string, draw: Draw])[] = [
  ['basic user and password', basicCredential],
  ['uuid as api key', uuid],
  ['password', password],
  ['php session', prefixed([], lower + digits, 26)],
  ['short key', prefixed([], base62, 16)],
]

/** Names of all shapes. */
export const secretIssuers: readonly string[] = [...issuers, ...plainIssuers].map(([name]) => name)

/** `perIssuer` secrets of each shape; the same seed gives the same ones. */
export function plantedSecrets(seed: number, perIssuer: number): readonly PlantedSecret[] {
  const secretsOf = (list: typeof issuers, isPlain: boolean) =>
    list.flatMap(([issuer, drawOne]) =>
      Array.from({ length: perIssuer }, (_, at) => {
        const [publicPart, secretPart] = drawOne(createRandom(seed, issuer, at))
        return { issuer, value: publicPart + secretPart, publicLength: publicPart.length, isPlain }
      }),
    )
  return [...secretsOf(issuers, false), ...secretsOf(plainIssuers, true)]
}
