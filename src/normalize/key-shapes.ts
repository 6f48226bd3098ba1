/**
 * Public shapes of credentials, as their issuers document them, so that leak scanners can find them.
 * `class` is what a human may see. Longer prefixes stand before the shorter ones that they begin with.
 */
interface KeyShape {
  readonly prefix: string
  readonly class: string
  /** Shortest whole credential, prefix included. */
  readonly lengthMin: number
  /** Of the characters after the prefix, where the prefix alone could begin a word. */
  readonly rest?: 'hex' | 'upper' | 'alphanumeric'
}

const shape = (prefix: string, lengthMin: number, rest?: KeyShape['rest']): KeyShape => ({
  prefix,
  class: `${prefix}…`,
  lengthMin,
  ...(rest !== undefined && { rest }),
})

const shapes: readonly KeyShape[] = [
  // Stripe and those who copied its form; `tw_` is what tokenwatch's own demo issues,
  // `twk_` a key of its own API.
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'pk_live_', 'pk_test_'].map(p =>
    shape(p, 16),
  ),
  shape('whsec_', 20),
  shape('tw_live_', 16),
  shape('tw_test_', 16),
  shape('twk_', 24),
  // Models: Anthropic, OpenAI, OpenRouter, Groq, Hugging Face, Replicate, Perplexity, xAI, NVIDIA.
  shape('sk-ant-', 20),
  shape('sk-proj-', 20),
  shape('sk-svcacct-', 20),
  shape('sk-or-v1-', 20),
  shape('sk-', 20),
  shape('gsk_', 20),
  shape('hf_', 20),
  shape('r8_', 20),
  shape('pplx-', 20),
  shape('xai-', 20),
  shape('nvapi-', 20),
  // Code hosts and package registries: GitHub, GitLab, npm, PyPI, RubyGems, Docker, Bitbucket.
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map(p => shape(p, 20)),
  shape('github_pat_', 22),
  ...['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glsoat-'].map(p => shape(p, 20)),
  shape('npm_', 36, 'alphanumeric'),
  shape('pypi-', 24),
  shape('rubygems_', 24),
  shape('dckr_pat_', 20),
  shape('ATBB', 24, 'alphanumeric'),
  shape('ATATT3', 24),
  // Clouds: AWS, Google, DigitalOcean, Databricks, Azure client secrets hide in the middle (`8Q~`).
  shape('AKIA', 20, 'upper'),
  shape('ASIA', 20, 'upper'),
  shape('AIza', 35),
  shape('ya29.', 20),
  shape('GOCSPX-', 24),
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map(p => shape(p, 24)),
  shape('dapi', 36, 'hex'),
  // Messages and mail: Slack, SendGrid, Mailgun, Twilio, Mailchimp's suffix is no prefix.
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xapp-'].map(p => shape(p, 16)),
  shape('SG.', 24),
  shape('key-', 36, 'alphanumeric'),
  shape('SK', 34, 'hex'),
  // Commerce: Shopify, Square, Shippo, PayPal/Braintree.
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_'].map(p => shape(p, 24)),
  shape('sq0atp-', 24),
  shape('sq0csp-', 24),
  shape('EAAA', 40),
  shape('EAAG', 40),
  shape('shippo_live_', 24),
  shape('access_token$production$', 32),
  // Operations: Vault, Grafana, Sentry, New Relic, Postman, Kong Konnect, Tailscale, Pulumi, Linear,
  // Notion, Figma, Airtable, Doppler, Fly.io, Supabase, PlanetScale, age.
  shape('hvs.', 20),
  shape('hvb.', 20),
  shape('glsa_', 24),
  shape('glc_', 24),
  shape('sntrys_', 24),
  shape('NRAK-', 24),
  shape('PMAK-', 24),
  shape('kpat_', 20),
  shape('spat_', 20),
  shape('tskey-', 16),
  shape('pul-', 40, 'hex'),
  shape('lin_api_', 24),
  shape('secret_', 40, 'alphanumeric'),
  shape('ntn_', 24),
  shape('figd_', 24),
  shape('dp.st.', 24),
  shape('dp.pt.', 24),
  shape('fo1_', 24),
  shape('sbp_', 36, 'hex'),
  shape('pscale_', 24),
  shape('AGE-SECRET-KEY-', 40),
]

const byFirstCharacter = new Map<string, readonly KeyShape[]>(
  [...new Set(shapes.map(({ prefix }) => prefix[0] ?? ''))].map(first => [
    first,
    shapes.filter(({ prefix }) => prefix.startsWith(first)),
  ]),
)

/** JSON Web Token: base64url of `{"` begins with `eyJ`; a header and a payload at least. */
const jwt = /^eyJ[\w-]{8,}\.[\w-]{4,}(\.[\w-]*)?/
/** Telegram bot token: numeric bot id, colon, 35 characters. */
const telegram = /^(bot)?\d{8,10}:[\w-]{30,}$/
/** Mailchimp: hexadecimal with its data center behind. */
const mailchimp = /^[0-9a-f]{32}-us\d{1,2}$/
/** Airtable: id, point, 64 hexadecimal digits. */
const airtable = /^pat[0-9A-Za-z]{14}\.[0-9a-f]{64}$/

function fitsRest({ prefix, rest }: KeyShape, word: string): boolean {
  if (rest === undefined) return true
  const tail = word.slice(prefix.length)
  if (rest === 'hex') return /^[0-9a-fA-F]+$/.test(tail)
  if (rest === 'upper') return /^[0-9A-Z]+$/.test(tail)
  return /^[0-9A-Za-z]+$/.test(tail)
}

/** Class of a whole word that has the shape of a known credential, for instance `sk_live_…`. */
export function keyClassOf(word: string): string | undefined {
  if (word.length < 16) return undefined
  for (const candidate of byFirstCharacter.get(word[0] ?? '') ?? []) {
    const fits =
      word.startsWith(candidate.prefix) &&
      word.length >= candidate.lengthMin &&
      fitsRest(candidate, word)
    if (fits) return candidate.class
  }
  return irregularClassOf(word)
}

/** Of credentials that more than a prefix and a length make. */
function irregularClassOf(word: string): string | undefined {
  if (word.startsWith('eyJ') && jwt.test(word)) return 'jwt'
  if (word.startsWith('pat') && airtable.test(word)) return 'pat…'
  if (word.includes('-us') && mailchimp.test(word)) return 'mailchimp'
  return telegram.test(word) ? 'telegram bot' : undefined
}

/** Issuers' prefixes that are known, for the documentation and its test. */
export const knownKeyPrefixes: readonly string[] = shapes.map(({ prefix }) => prefix)
