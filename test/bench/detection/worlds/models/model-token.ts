import { createRandom, type Random } from '../../../../../src/simulate/random.ts'
import { fingerprintOf } from '../access-event.ts'
import type { Draft, EngineToken } from '../day-engine.ts'
import { between, pickWeighted } from '../draws.ts'
import { raiseMajor } from '../fleet/agents.ts'
import type { Source } from '../providers.ts'
import { embeddingModel, embeddings, listModels, type Model, modelCall } from './model-call.ts'
import type { Team } from './team.ts'
import { type Workload, type WorkloadKind, workloadKinds } from './workloads.ts'

export interface ModelToken extends EngineToken {
  readonly team: Team
  readonly kind: WorkloadKind
  readonly workload: Workload
  readonly bornDay: number
}

export function createModelToken(options: {
  readonly seed: number
  readonly index: number
  readonly team: Team
  readonly days: number
}): ModelToken {
  const { seed, index, team, days } = options
  const random = createRandom(seed, 'model-token', index)
  const kind = workloadKinds[index] ?? pickWeighted(random, workloadKinds)
  const workload = kind.create({ team, random, seed: random.integer(2 ** 31) })
  const bornDay = random.chance(0.2) ? 1 + random.integer(days - 4) : 0
  // Prompts grow as the product does.
  const promptGrowth = random.chance(0.15) ? between(random, 0.005, 0.02) : 0
  const token: ModelToken = {
    index,
    token: fingerprintOf(`models ${seed} ${index}`),
    hint: `${kind.id}-${index}`,
    tenant: team,
    team,
    archetype: kind.id,
    kind,
    workload,
    bornDay,
    offsetMs: () => team.offsetMs,
    draw(day, draws) {
      if (day.index < bornDay) return []
      const growth = (1 + promptGrowth) ** (day.index - bornDay)
      const moments = workload.moments(day, draws)
      const isLaunched = kind.id === 'assistant' && day.startMs > team.launchMs
      const more = isLaunched ? [1, 2].flatMap(() => workload.moments(day, draws)) : []
      return [...moments, ...more].map(tsMs =>
        ownCall(token, draws, { tsMs, tokensFactor: growth }),
      )
    },
  }
  return token
}

/** A call as the owner makes it; an attacker changes what differs. */
export function ownCall(
  { workload, team, kind }: ModelToken,
  random: Random,
  call: {
    readonly tsMs: number
    readonly tokensFactor?: number
    readonly outFactor?: number
    readonly source?: Source
    readonly userAgent?: string
    readonly model?: Model
    readonly operation?: Workload['operations'][number]
    readonly status?: number
  },
): Draft {
  const { tsMs, tokensFactor = 1, outFactor = 1 } = call
  const operation = call.operation ?? pickOperation(workload, random)
  const isEmbedding = operation === embeddings
  const model = call.model ?? (isEmbedding ? embeddingModel : random.pickByRank(workload.models))
  const upgrades = tsMs >= team.upgradeMs && kind.isProgram ? 1 : 0
  const large = random.chance(0.04) ? 6 : 1
  return modelCall(random, {
    tsMs,
    source: call.source ?? workload.sourceAt(tsMs, random),
    userAgent: call.userAgent ?? raiseMajor(workload.agent, upgrades),
    operation,
    model,
    isSucceeded: tsMs >= team.successionMs && kind.isProgram,
    tokensIn: random.logNormal(workload.tokensIn * tokensFactor * large, workload.sigma),
    tokensOut: isEmbedding ? 0 : random.logNormal(workload.tokensOut * outFactor, workload.sigma),
    ...(call.status !== undefined && { status: call.status }),
  })
}

/** The first is what the key is for. */
function pickOperation({ operations }: Workload, random: Random) {
  return random.chance(0.75) ? (operations[0] ?? listModels) : random.pickByRank(operations)
}
