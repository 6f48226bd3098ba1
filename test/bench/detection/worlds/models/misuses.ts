import type { Random } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import type { Draft } from '../day-engine.ts'
import { between } from '../draws.ts'
import { spreadOver } from '../moments.ts'
import { providersOf, type Source, sourceOf } from '../providers.ts'
import { chat, listModels, responses, textModels } from './model-call.ts'
import { type ModelToken, ownCall } from './model-token.ts'
import { kits } from './workloads.ts'

interface MisuseContext {
  readonly victim: ModelToken
  readonly startMs: number
  readonly random: Random
}

export interface Misuse {
  readonly kind: string
  suits(token: ModelToken): boolean
  plan(context: MisuseContext): readonly Draft[]
  /** The owner stops so many days before. */
  readonly idleDays?: number
}

const minuteMs = 60_000
const isSettled = ({ bornDay }: ModelToken) => bornDay === 0

/** The same networks as those of researchers abroad, partners and other teams. */
function thiefSource({ victim, random }: MisuseContext): Source {
  const elsewhere = `!${victim.team.country}`
  const kind = random.pick(['hosting', 'cloud', 'vpn', 'fixed'] as const)
  return sourceOf(random.pick(providersOf(kind, elsewhere)), random)
}

const expensive = textModels.filter(({ priceOut }) => priceOut >= 10)

/** One look whether the key works, then hours later as much as it gives. */
const resoldKey: Misuse = {
  kind: 'resold-key',
  suits: isSettled,
  plan(context) {
    const { victim, startMs, random } = context
    const checker = { source: thiefSource(context), userAgent: random.pick(kits) }
    const buyer = { source: thiefSource(context), userAgent: random.pick(kits) }
    const probe = [0, 20_000, 60_000].map((after, place) =>
      ownCall(victim, random, {
        tsMs: startMs + after,
        ...checker,
        operation: place === 0 ? listModels : chat,
        outFactor: 0.05,
        tokensFactor: 0.05,
      }),
    )
    const from = startMs + between(random, 0.5, 12) * hourMs
    const burst = spreadOver(random, from, between(random, 1, 6) * hourMs, 40 + random.integer(200))
    const model = random.pick(expensive)
    const use = (tsMs: number) =>
      ownCall(victim, random, { tsMs, ...buyer, operation: chat, model })
    return [...probe, ...burst.map(use)]
  },
}

/** Only the look: a list of keys is being checked. */
const keyCheck: Misuse = {
  kind: 'key-check',
  suits: isSettled,
  plan(context) {
    const { victim, startMs, random } = context
    const checker = { source: thiefSource(context), userAgent: random.pick(kits) }
    return spreadOver(random, startMs, 2 * minuteMs, 2 + random.integer(4)).map((tsMs, place) =>
      ownCall(victim, random, {
        tsMs,
        ...checker,
        operation: place === 0 ? listModels : chat,
        outFactor: 0.05,
        tokensFactor: 0.05,
      }),
    )
  },
}

/** From the owner's machine, with an expensive model that this key never used. */
const unusedModel: Misuse = {
  kind: 'unused-model',
  suits: ({ bornDay, workload }) =>
    bornDay === 0 && expensive.some(model => !workload.models.includes(model)),
  plan({ victim, startMs, random }) {
    const model = random.pick(expensive.filter(one => !victim.workload.models.includes(one)))
    return spreadOver(
      random,
      startMs,
      between(random, 0.5, 5) * hourMs,
      15 + random.integer(60),
    ).map(tsMs => ownCall(victim, random, { tsMs, model, operation: responses }))
  },
}

/** Many times the usual bill, from the owner's machine: many calls with long prompts. */
const costBurst: Misuse = {
  kind: 'cost-burst',
  suits: isSettled,
  plan({ victim, startMs, random }) {
    const count = 60 + random.integer(300)
    return spreadOver(random, startMs, between(random, 0.7, 3) * hourMs, count).map(tsMs =>
      ownCall(victim, random, { tsMs, tokensFactor: 4, outFactor: 3 }),
    )
  },
}

/** Given to friends, who use it at home for some days. */
const sharedKey: Misuse = {
  kind: 'shared-key',
  suits: isSettled,
  plan({ victim, startMs, random }) {
    const people = Array.from({ length: 3 + random.integer(3) }, () => ({
      source: sourceOf(random.pick(providersOf('fixed')), random),
      userAgent: random.chance(0.4) ? victim.workload.agent : random.pick(kits),
    }))
    return people.flatMap(person => {
      const from = startMs + random.next() * 2 * dayMs
      return spreadOver(random, from, 6 * hourMs, 8 + random.integer(20)).map(tsMs =>
        ownCall(victim, random, { tsMs, ...person, operation: chat }),
      )
    })
  },
}

/** What the model knows of private data is drawn out in long answers, from the owner's machine. */
const longAnswers: Misuse = {
  kind: 'long-answers',
  suits: isSettled,
  plan({ victim, startMs, random }) {
    const outFactor = between(random, 8, 25)
    return spreadOver(
      random,
      startMs,
      between(random, 0.5, 3) * hourMs,
      15 + random.integer(40),
    ).map(tsMs => ownCall(victim, random, { tsMs, operation: chat, outFactor, tokensFactor: 0.5 }))
  },
}

/** A reseller's customers, some calls an hour around the clock, through a proxy of the same country. */
const slowResale: Misuse = {
  kind: 'slow-resale',
  suits: isSettled,
  plan({ victim, startMs, random }) {
    const { country } = victim.team
    const proxies = [...providersOf('hosting', country), ...providersOf('fixed', country)]
    const source = sourceOf(random.pick(proxies), random)
    const userAgent = random.chance(0.5) ? victim.workload.agent : random.pick(kits)
    return spreadOver(random, startMs, 5 * dayMs, 60 + random.integer(150)).map(tsMs =>
      ownCall(victim, random, { tsMs, source, userAgent, operation: chat }),
    )
  },
}

/** A key of a project that ended weeks ago. */
const idleKey: Misuse = {
  kind: 'idle-key',
  suits: isSettled,
  idleDays: 15,
  plan(context) {
    const { victim, startMs, random } = context
    const source = sourceOf(random.pick(providersOf('fixed', victim.team.country)), random)
    const userAgent = random.pick(kits)
    return spreadOver(random, startMs, 3 * hourMs, 10 + random.integer(40)).map(tsMs =>
      ownCall(victim, random, { tsMs, source, userAgent, operation: chat }),
    )
  },
}

export const misuses: readonly Misuse[] = [
  resoldKey,
  keyCheck,
  unusedModel,
  costBurst,
  sharedKey,
  longAnswers,
  slowResale,
  idleKey,
]
