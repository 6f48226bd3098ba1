/** Products that are the engine or a comment in an agent, never the client. */
const engines = new Set([
  'Mozilla',
  'AppleWebKit',
  'Gecko',
  'KHTML',
  'Version',
  'Mobile',
  'Safari',
  'Chrome',
  'Trident',
  'Presto',
  'like',
])

/** Browsers by the token that only they have; the order matters, since each imitates the ones below. */
const browsers: readonly (readonly [token: string, family: string])[] = [
  ['Edg/', 'edge'],
  ['EdgA/', 'edge'],
  ['EdgiOS/', 'edge'],
  ['OPR/', 'opera'],
  ['SamsungBrowser/', 'samsung-browser'],
  ['Vivaldi/', 'vivaldi'],
  ['YaBrowser/', 'yandex-browser'],
  ['HeadlessChrome/', 'headless-chrome'],
  ['Electron/', 'electron'],
  ['CriOS/', 'chrome'],
  ['FxiOS/', 'firefox'],
  ['Firefox/', 'firefox'],
  ['Chrome/', 'chrome'],
]

const bot = /(?:^|[\s;(+])([A-Za-z][\w.-]{0,30}(?:bot|crawler|spider|Bot|Crawler|Spider))\/?(\d*)/

/** First digits after a token: the major version; empty where none stand there. */
function majorAfter(text: string, at: number): string {
  let end = at
  while (
    end < text.length &&
    end < at + 6 &&
    text.charCodeAt(end) >= 0x30 &&
    text.charCodeAt(end) <= 0x39
  )
    end += 1
  return text.slice(at, end)
}

const named = (family: string, major: string) => (major === '' ? family : `${family}/${major}`)

function browserOf(agent: string): string {
  const robot = bot.exec(agent)
  if (robot?.[1] !== undefined) return named(robot[1].toLowerCase(), robot[2] ?? '')
  for (const [token, family] of browsers) {
    const at = agent.indexOf(token)
    if (at >= 0) return named(family, majorAfter(agent, at + token.length))
  }
  const safari = agent.indexOf('Version/')
  if (safari >= 0 && agent.includes('Safari/'))
    return named('safari', majorAfter(agent, safari + 8))
  const explorer = agent.indexOf('MSIE ')
  if (explorer >= 0) return named('internet-explorer', majorAfter(agent, explorer + 5))
  return agent.includes('Trident/') ? 'internet-explorer/11' : (lastProduct(agent) ?? 'mozilla')
}

/** An application's own product behind the browser's part. */
function lastProduct(agent: string): string | undefined {
  const products = agent.split(' ').filter(part => /^[A-Za-z][\w.-]*\/\d/.test(part))
  const own = products.findLast(part => !engines.has(part.slice(0, part.indexOf('/'))))
  return own === undefined ? undefined : productOf(own)
}

/** `openai-python/1.40.0` becomes `openai-python/1`. */
function productOf(text: string): string | undefined {
  const product = /^([A-Za-z][\w.@+ -]{0,39}?)(?:[/ ]v?(\d{1,6})[\w.+-]*)?(?:$|[\s;,(])/.exec(text)
  return product?.[1] === undefined ? undefined : named(product[1].toLowerCase(), product[2] ?? '')
}

/**
 * Family and major version of a user agent: what changes when another program uses a token, and does
 * not change with every release.
 *
 * @param agent - redacted already, at most some hundred characters
 * @returns for instance `python-requests/2`, `chrome/126`, `googlebot/2`; empty for unknown
 */
export function clientFamily(agent: string): string {
  if (agent === '') return ''
  if (agent.startsWith('Mozilla/')) return browserOf(agent)
  return productOf(agent) ?? ''
}
