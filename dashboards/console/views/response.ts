import type { Action, Containment, IncidentDetail } from '../../../src/api/schemas.ts'
import { confirmAction } from '../parts/confirm.ts'
import { attempt, type Context } from '../parts/context.ts'
import { el } from '../parts/element.ts'
import { count, duration, plural, timeAgo, timeOfDay, words } from '../parts/format.ts'
import { chip, section } from '../parts/pieces.ts'

/** What is done about it, and whether the gateways obey. */
export function drawResponse(
  { actions, containment }: IncidentDetail,
  context: Context,
  onChange: () => void,
): HTMLElement {
  if (actions.length === 0) {
    return section(
      'Response',
      el('p', { class: 'muted' }, 'No rule of the policy asks for an action.'),
    )
  }
  const cards = actions.map(action =>
    el(
      'li',
      { class: `action ${action.state}` },
      ...drawAction(action, context, onChange),
      ...containment.filter(({ actionId }) => actionId === action.id).map(drawContainment),
    ),
  )
  return section('Response', el('ul', { class: 'actions' }, ...cards))
}

function drawAction(action: Action, context: Context, onChange: () => void): Node[] {
  const isDone = action.state === 'succeeded' || action.state === 'executing'
  return [
    el(
      'div',
      { class: 'action-head' },
      el('strong', {}, `${words(action.kind)} `, el('code', {}, action.tokenHint)),
      chip(`action-state ${action.state}`, words(action.state)),
      action.mode === 'dry-run' && !isDone && chip('dry-run', 'Dry run'),
      !isDone && carryOutButton(action, context, onChange),
    ),
    el('p', {}, action.reason),
    el(
      'p',
      { class: 'muted small' },
      `Rule ${action.rule} · by ${action.actor} · through ${action.revoker} · `,
      timeAgo(action.updatedMs),
      action.attempts > 0 && ` · ${plural(action.attempts, 'attempt')}: ${action.lastOutcome}`,
    ),
  ]
}

function carryOutButton(action: Action, context: Context, onChange: () => void): HTMLElement {
  const isOverride = action.state === 'withheld'
  const label = isOverride ? 'Carry out anyway' : 'Carry out'
  const onclick = () =>
    attempt(context, async () => {
      const kind = words(action.kind)
      const isSure = await confirmAction({
        title: `${kind} ${action.tokenHint} for real?`,
        text: isOverride
          ? `A safeguard withheld this: ${action.reason} Carrying it out sets the safeguard aside, and that is recorded under your key's name.`
          : `The token of ${action.consumer ?? action.tenant} will be refused at the gateways. Whoever uses it, the owner too, is cut off.`,
        button: `${kind} now`,
      })
      if (!isSure) return
      const path = `/v1/actions/${encodeURIComponent(action.id)}/execute?override=${isOverride}`
      const done = await context.client.post<Action>(path)
      context.say(
        done.state === 'withheld'
          ? `Withheld: ${done.reason}`
          : `${kind}: ${words(done.state).toLowerCase()}.`,
      )
      onChange()
    })
  return el(
    'button',
    { type: 'button', class: 'danger', onclick, 'data-focus': `execute ${action.id}` },
    label,
  )
}

type GatewayNode = Containment['nodes'][number]

const headlines: Readonly<Record<Containment['state'], string>> = {
  refused: 'Contained: every gateway node that served it refuses it',
  silent: 'Not called since: containment is not proven yet',
  still_serving: 'Not contained: a gateway node still serves it',
}

function drawContainment(containment: Containment): HTMLElement {
  const rows = containment.nodes.map(node =>
    el(
      'li',
      { class: node.state },
      el('span', { class: 'mark', 'aria-hidden': 'true' }),
      el('strong', {}, [node.gateway, node.node].filter(part => part !== '').join(' / ')),
      el('span', {}, words(node.state)),
      el('span', { class: 'muted' }, tell(node, containment.effectiveMs)),
    ),
  )
  return el(
    'div',
    { class: `containment ${containment.state}` },
    el('p', { class: 'containment-head' }, headlines[containment.state]),
    el('ul', { class: 'nodes' }, ...rows),
  )
}

function tell(node: GatewayNode, effectiveMs: number): string {
  switch (node.state) {
    case 'refused': {
      const since = node.firstRefusedMs ?? effectiveMs
      const times = plural(node.refusedCount, 'call')
      return `${times} refused since ${timeOfDay(since)}, ${duration(since - effectiveMs)} after the action`
    }
    case 'silent':
      return `no call since ${timeOfDay(effectiveMs)}`
    case 'still_serving':
      return `${count(node.servedAfterCount)} answered after the action, last ${timeOfDay(node.lastServedMs ?? effectiveMs)}`
  }
}
