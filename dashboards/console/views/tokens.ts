import type { TokenBaseline, TokenProfile, TokenSummary } from '../../../src/api/schemas.ts'
import { ifKnown } from '../parts/api-client.ts'
import type { Context, Page } from '../parts/context.ts'
import { el } from '../parts/element.ts'
import { compact, timeAgo, tokenName } from '../parts/format.ts'
import { createPanel } from '../parts/panel.ts'
import { empty, mono } from '../parts/pieces.ts'
import { type Poll, startPoll } from '../parts/poll.ts'
import { toToken } from '../parts/route.ts'
import { drawProfile } from './token-profile.ts'

const EVERY_MS = 5_000
const LIST_MAX = 200

interface ListModel {
  readonly tokens: readonly TokenSummary[]
  readonly selected: string | undefined
}

/** Tokens on the left, what is usual for the chosen one on the right. */
export function createTokensPage(context: Context): Page {
  const list = createPanel(el('ol', { class: 'incidents' }), drawList)
  const nothing = empty('No token to show', 'Choose one from the list to see what is usual for it.')
  const profile = createPanel<{ profile: TokenProfile; baseline: TokenBaseline } | undefined>(
    el('article', { class: 'detail', 'aria-label': 'Token' }),
    model => (model === undefined ? [nothing] : drawProfile(model)),
  )
  const search = el('input', {
    type: 'search',
    placeholder: 'Search tokens',
    'aria-label': 'Search tokens',
    maxlength: 100,
    oninput: () => poll?.refresh(),
  })
  const sort = el(
    'select',
    { 'aria-label': 'Order', onchange: () => poll?.refresh() },
    el('option', { value: 'risk' }, 'By risk'),
    el('option', { value: 'events' }, 'By calls'),
    el('option', { value: 'lastSeen' }, 'Last seen'),
  )
  const node = el(
    'div',
    { class: 'split' },
    el(
      'section',
      { class: 'side', 'aria-label': 'Tokens' },
      el('div', { class: 'side-head' }, el('h2', {}, 'Tokens'), sort),
      el('div', { class: 'side-search' }, search),
      list.node,
    ),
    profile.node,
  )
  let chosen: string | undefined
  let poll: Poll | undefined

  async function refresh() {
    const query = new URLSearchParams({ sort: sort.value, limit: String(LIST_MAX) })
    if (search.value !== '') query.set('search', search.value)
    const { tokens } = await context.client.get<{ tokens: readonly TokenSummary[] }>(
      `/v1/tokens?${query}`,
    )
    const selected = chosen
    list.update({ tokens, selected })
    if (selected === undefined) {
      profile.update(undefined)
      return
    }
    const path = `/v1/tokens/${encodeURIComponent(selected)}`
    const [found, baseline] = await Promise.all([
      ifKnown(context.client.get<TokenProfile>(path)),
      ifKnown(context.client.get<TokenBaseline>(`${path}/baseline`)),
    ])
    if (chosen !== selected) return
    profile.update(found && baseline && { profile: found, baseline })
  }

  return {
    node,
    show(route) {
      chosen = route.page === 'tokens' ? route.id : undefined
      node.classList.toggle('has-choice', chosen !== undefined)
      if (poll === undefined) poll = startPoll(refresh, EVERY_MS)
      else poll.refresh()
    },
    hide() {
      poll?.stop()
      poll = undefined
    },
  }
}

function drawList({ tokens, selected }: ListModel): Node[] {
  if (tokens.length === 0) return [el('li', {}, empty('No tokens', 'None was seen, or none fits.'))]
  return tokens.map(token =>
    el(
      'li',
      {},
      el(
        'a',
        {
          href: toToken(token.token),
          class: `incident ${toneOf(token.risk)}`,
          'aria-current': token.token === selected ? 'true' : undefined,
          'data-focus': token.token,
        },
        el(
          'span',
          { class: 'incident-top' },
          mono(tokenName(token)),
          token.risk > 0 && el('span', { class: 'incident-risk' }, Math.round(token.risk)),
        ),
        el(
          'span',
          { class: 'incident-foot' },
          el('span', {}, token.consumer ?? token.credentialId ?? token.tenant),
          el('span', {}, `${compact(token.events)} calls`),
          timeAgo(token.lastTs),
        ),
      ),
    ),
  )
}

function toneOf(risk: number): string {
  if (risk >= 90) return 'critical'
  if (risk >= 70) return 'high'
  return risk > 0 ? 'medium' : 'none'
}
