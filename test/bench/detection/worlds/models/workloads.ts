import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { dayMs, hourMs } from '../../../../support/traffic.ts'
import type { LocalDay, Operation } from '../day-engine.ts'
import { between, negativeBinomial } from '../draws.ts'
import { diurnal, hourly, sittings, spreadOver } from '../moments.ts'
import { hostIn, placeIn, providersOf, type Source, sourceAt, sourceOf } from '../providers.ts'
import {
  chat,
  embeddingModel,
  embeddings,
  listModels,
  type Model,
  readFile,
  responses,
  startBatch,
  textModels,
  uploadFile,
  usage,
} from './model-call.ts'
import type { Team } from './team.ts'

/** What one key is used for; all that is random about it was drawn when it was made. */
export interface Workload {
  moments(day: LocalDay, random: Random): readonly number[]
  sourceAt(tsMs: number, random: Random): Source
  readonly agent: string
  /** From the most to the least used. */
  readonly operations: readonly Operation[]
  readonly models: readonly Model[]
  readonly tokensIn: number
  readonly tokensOut: number
  /** Spread of both. */
  readonly sigma: number
}

export interface WorkloadKind {
  readonly id: string
  readonly weight: number
  readonly isProgram: boolean
  create(context: { readonly team: Team; readonly random: Random; readonly seed: number }): Workload
}

export const kits = [
  'openai-python/1',
  'openai-node/4',
  'anthropic-python/0',
  'langchain/0',
  'litellm/1',
  'llamaindex/0',
  'python-httpx/0',
  'node-fetch/3',
  'Go-http-client/2',
  'curl/8',
  'python-requests/2',
] as const
const editors = ['vscode-assistant/1', 'jetbrains-assistant/2', 'zed/0', 'vim-assistant/1'] as const

const isWeekend = ({ weekday }: LocalDay) => weekday === 0 || weekday === 6

/** A product that answers its users, by day more than by night. */
const assistant: WorkloadKind = {
  id: 'assistant',
  weight: 20,
  isProgram: true,
  create({ team, random }) {
    const subnet = random.integer(200)
    const servers = 1 + random.integer(5)
    const perDay = random.logNormal(60, 0.8)
    const size = between(random, 1, 5)
    return {
      moments: (day, draws) => hourly(day, draws, { perDay, size, weights: diurnal(15, 0.7) }),
      sourceAt: (tsMs, draws) =>
        sourceAt({ provider: team.cloudAt(tsMs), subnet }, 10 + draws.integer(servers)),
      agent: random.pick(kits),
      operations: [random.pick([chat, responses]), embeddings],
      models: textModels.slice(0, 3),
      tokensIn: random.logNormal(1_500, 0.6),
      tokensOut: random.logNormal(350, 0.4),
      sigma: 0.6,
    }
  },
}

/** Runs of dozens of calls within minutes, some days none at all. */
const agent: WorkloadKind = {
  id: 'agent',
  weight: 18,
  isProgram: true,
  create({ team, random }) {
    const runs = random.logNormal(2, 0.7)
    const calls = random.logNormal(22, 0.5)
    const hours = random.chance(0.4) ? ([0, 24] as const) : ([8, 20] as const)
    return {
      moments: (day, draws) =>
        sittings(day, draws, {
          count: negativeBinomial(draws, runs * (isWeekend(day) ? 0.4 : 1), 1),
          calls,
          size: 0.9,
          gapMs: 9_000,
          hours,
        }),
      // A sandbox is started for every run, anywhere in the cloud.
      sourceAt: tsMs =>
        sourceOf(team.cloudAt(tsMs), createRandom(team.index, Math.floor(tsMs / hourMs))),
      agent: random.pick(kits),
      operations: [responses, chat, uploadFile, readFile],
      models: [random.pick(textModels.slice(1)), textModels[0] ?? embeddingModel],
      tokensIn: random.logNormal(12_000, 0.5),
      tokensOut: random.logNormal(600, 0.5),
      sigma: 0.9,
    }
  },
}

/** Documents of the day, by night. */
const nightBatch: WorkloadKind = {
  id: 'night-batch',
  weight: 14,
  isProgram: true,
  create({ team, random }) {
    const hour = between(random, 0, 5)
    const calls = random.logNormal(90, 0.6)
    const isDaily = random.chance(0.6)
    const subnet = random.integer(200)
    const host = hostIn(random)
    return {
      moments(day, draws) {
        if (!isDaily && isWeekend(day)) return []
        const count = Math.round(draws.logNormal(calls * (day.dayOfMonth === 1 ? 3 : 1), 0.35))
        return spreadOver(
          draws,
          day.startMs + hour * hourMs,
          between(draws, 0.3, 1.5) * hourMs,
          count,
        )
      },
      sourceAt: tsMs => sourceAt({ provider: team.cloudAt(tsMs), subnet }, host),
      agent: random.pick(kits),
      operations: [random.pick([chat, embeddings]), uploadFile, startBatch],
      models: textModels.slice(0, 2),
      tokensIn: random.logNormal(3_000, 0.5),
      tokensOut: random.logNormal(250, 0.5),
      sigma: 0.5,
    }
  },
}

/** A researcher's notebook: any hour, any model, single calls and loops over a thousand examples. */
const notebook: WorkloadKind = {
  id: 'notebook',
  weight: 20,
  isProgram: false,
  create({ team, random, seed }) {
    const home = placeIn(random.pick(providersOf('fixed', team.country)), random)
    const host = hostIn(random)
    const activeShare = between(random, 0.25, 0.7)
    const loops = random.logNormal(12, 0.6)
    return {
      moments(day, draws) {
        if (!draws.chance(isWeekend(day) ? activeShare / 3 : activeShare)) return []
        const hours = draws.chance(0.2) ? ([19, 26] as const) : ([9, 19] as const)
        return sittings(day, draws, {
          count: 1 + draws.integer(4),
          calls: loops,
          size: 0.5,
          gapMs: 20_000,
          hours,
        })
      },
      sourceAt(tsMs) {
        const day = createRandom(seed, Math.floor((tsMs + team.offsetMs) / dayMs))
        const where = day.next()
        if (where < 0.45) return sourceAt(team.office, 9)
        if (where < 0.85) return sourceAt(home, host)
        if (where < 0.97) return sourceOf(team.cloudAt(tsMs), day)
        return sourceOf(day.pick(providersOf('fixed')), day)
      },
      agent: random.pick(kits),
      operations: [chat, responses, embeddings, listModels],
      models: shuffled(textModels, random),
      tokensIn: random.logNormal(900, 0.8),
      tokensOut: random.logNormal(300, 0.8),
      sigma: 1.1,
    }
  },
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.integer(left.length), 1))
}

/** Evaluations on every merge, on hosted build machines. */
const evals: WorkloadKind = {
  id: 'evals',
  weight: 12,
  isProgram: true,
  create({ team, random, seed }) {
    const merges = random.logNormal(1.6, 0.5)
    const cases = random.logNormal(25, 0.4)
    return {
      moments: (day, draws) =>
        Array.from(
          { length: negativeBinomial(draws, merges * (isWeekend(day) ? 0.1 : 1), 2) },
          () => day.startMs + between(draws, 9, 20) * hourMs,
        ).flatMap(at =>
          spreadOver(draws, at, 4 * 60_000, Math.round(draws.logNormal(cases, 0.15))),
        ),
      sourceAt: tsMs =>
        sourceOf(team.builders, createRandom(seed, Math.floor(tsMs / (hourMs / 4)))),
      agent: random.pick(kits),
      operations: [chat, listModels],
      models: textModels.slice(0, 4),
      tokensIn: random.logNormal(1_200, 0.3),
      tokensOut: random.logNormal(200, 0.3),
      sigma: 0.5,
    }
  },
}

/** An editor's assistant: many small calls while somebody writes code. */
const editor: WorkloadKind = {
  id: 'editor',
  weight: 16,
  isProgram: false,
  create({ team, random, seed }) {
    const home = placeIn(random.pick(providersOf('fixed', team.country)), random)
    const host = hostIn(random)
    const homeShare = random.next() * 0.8
    const perDay = random.logNormal(70, 0.5)
    return {
      moments(day, draws) {
        if (isWeekend(day) ? draws.chance(0.85) : draws.chance(0.1)) return []
        const count = 2 + draws.integer(5)
        const calls = perDay / count
        return sittings(day, draws, { count, calls, size: 1.5, gapMs: 25_000, hours: [8.5, 18] })
      },
      sourceAt(tsMs) {
        const isHome = createRandom(seed, Math.floor((tsMs + team.offsetMs) / dayMs)).chance(
          homeShare,
        )
        return isHome ? sourceAt(home, host) : sourceAt(team.office, 10 + (seed % 3))
      },
      agent: random.pick(editors),
      operations: [chat, responses, usage],
      models: textModels.slice(0, 2),
      tokensIn: random.logNormal(2_500, 0.4),
      tokensOut: random.logNormal(120, 0.5),
      sigma: 0.8,
    }
  },
}

export const workloadKinds: readonly WorkloadKind[] = [
  assistant,
  agent,
  nightBatch,
  notebook,
  evals,
  editor,
]
