import type { Stats, TrafficHour } from '../../src/api/schemas.ts'
import { createApiClient } from './parts/api-client.ts'
import type { Context, Page } from './parts/context.ts'
import { el, svg } from './parts/element.ts'
import { tickTimes } from './parts/format.ts'
import { startPoll } from './parts/poll.ts'
import { type Route, readRoute } from './parts/route.ts'
import { createIncidentsPage } from './views/incidents.ts'
import { createOverview } from './views/overview.ts'
import { createPipelinePage } from './views/pipeline.ts'
import { createTokensPage } from './views/tokens.ts'

const STATS_EVERY_MS = 1_000
const TRAFFIC_EVERY_MS = 15_000
const SAID_MS = 6_000

/** The console, from the moment that there is a key. Returns what ends it. */
export function openConsole(
  root: HTMLElement,
  options: {
    readonly key: string
    readonly onRefused: () => void
    readonly onSignOut: () => void
  },
): () => void {
  const status = el('span', { class: 'live', role: 'status' }, 'connecting')
  const said = el('div', { class: 'said', role: 'status', 'aria-live': 'polite' })
  const context: Context = {
    client: createApiClient(options.key, {
      refused: options.onRefused,
      reached(isReached) {
        status.textContent = isReached ? 'live' : 'reconnecting'
        status.classList.toggle('lost', !isReached)
      },
    }),
    say: createSpeaker(said),
  }

  const overview = createOverview()
  const pipeline = createPipelinePage()
  const pages: Readonly<Record<Route['page'], Page>> = {
    incidents: createIncidentsPage(context),
    tokens: createTokensPage(context),
    pipeline,
  }
  const links = Object.keys(pages).map(page =>
    el('a', { href: `#/${page}`, 'data-page': page }, page.charAt(0).toUpperCase() + page.slice(1)),
  )
  const main = el('main', { id: 'main', tabindex: -1 })
  root.replaceChildren(
    drawHeader(links, status, { onSignOut: options.onSignOut, onSkip: () => main.focus() }),
    el('div', { class: 'page' }, ...overview.nodes, main, drawCredits()),
    said,
  )

  let shown: Page | undefined
  function follow() {
    const route = readRoute(location.hash)
    const page = pages[route.page]
    for (const link of links) {
      if (link.dataset['page'] === route.page) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    if (shown !== page) {
      shown?.hide()
      shown = page
      main.replaceChildren(page.node)
    }
    page.show(route)
  }

  const polls = [
    startPoll(async () => {
      const stats = await context.client.get<Stats>('/v1/stats')
      overview.update(stats)
      pipeline.update(stats)
      document.title =
        stats.openIncidents > 0 ? `(${stats.openIncidents}) tokenwatch` : 'tokenwatch'
    }, STATS_EVERY_MS),
    startPoll(async () => {
      const { hours } = await context.client.get<{ hours: readonly TrafficHour[] }>(
        '/v1/trends/traffic?hours=24',
      )
      overview.updateTraffic(hours)
    }, TRAFFIC_EVERY_MS),
  ]
  const ticker = setInterval(tickTimes, 1_000)
  addEventListener('hashchange', follow)
  follow()

  return () => {
    removeEventListener('hashchange', follow)
    clearInterval(ticker)
    for (const poll of polls) poll.stop()
    shown?.hide()
  }
}

/** The licenses of the address data ask for this where results are shown. */
function drawCredits(): HTMLElement {
  const link = (href: string, text: string) =>
    el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text)
  return el(
    'footer',
    { class: 'credits' },
    'Networks and countries: ',
    link('https://db-ip.com', 'IP Geolocation by DB-IP'),
    ', ',
    link('https://www.routeviews.org', 'RouteViews'),
    ', ',
    link('https://www.nro.net', 'NRO'),
    ', merged by ip-location-db, CC BY 4.0.',
  )
}

function createSpeaker(said: HTMLElement): (text: string) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return text => {
    clearTimeout(timer)
    said.textContent = text
    timer = setTimeout(() => said.replaceChildren(), SAID_MS)
  }
}

function drawHeader(
  links: readonly HTMLElement[],
  status: HTMLElement,
  on: { readonly onSignOut: () => void; readonly onSkip: () => void },
): HTMLElement {
  const pulse = svg(
    'svg',
    { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    svg('rect', { width: 32, height: 32, rx: 8 }),
    svg('path', { d: 'M4 17h6l3-8 5 15 4-10 2 3h4' }),
  )
  return el(
    'header',
    { class: 'top' },
    el('button', { type: 'button', class: 'skip', onclick: on.onSkip }, 'Skip to content'),
    el('a', { href: '#/incidents', class: 'brand' }, pulse, 'tokenwatch'),
    el('nav', { 'aria-label': 'Pages' }, ...links),
    el(
      'div',
      { class: 'top-end' },
      status,
      el('a', { href: '/docs', class: 'quiet' }, 'API'),
      el('button', { type: 'button', class: 'quiet', onclick: on.onSignOut }, 'Sign out'),
    ),
  )
}
