import type { Random } from '../../../../../src/simulate/random.ts'
import type { Draft, Operation } from '../day-engine.ts'
import type { Source } from '../providers.ts'

const operation = (method: string, route: string, latencyMsMedian: number): Operation => ({
  method,
  route,
  hasObject: route.includes('{id}'),
  bytesInMedian: 400,
  bytesOutMedian: 2_000,
  latencyMsMedian,
})

export const chat = operation('POST', '/v1/chat/completions', 2_400)
export const responses = operation('POST', '/v1/responses', 3_000)
export const embeddings = operation('POST', '/v1/embeddings', 180)
export const listModels = operation('GET', '/v1/models', 20)
export const uploadFile = operation('POST', '/v1/files', 300)
export const readFile = operation('GET', '/v1/files/{id}', 150)
export const startBatch = operation('POST', '/v1/batches', 90)
export const usage = operation('GET', '/v1/usage', 40)

/** A model, and dollars for a million tokens in and out. */
export interface Model {
  readonly name: string
  readonly priceIn: number
  readonly priceOut: number
  /** What replaces it. */
  readonly successor: string
}

export const textModels: readonly Model[] = [
  { name: 'small-4', priceIn: 0.15, priceOut: 0.6, successor: 'small-5' },
  { name: 'medium-4', priceIn: 1, priceOut: 4, successor: 'medium-5' },
  { name: 'large-4', priceIn: 2.5, priceOut: 10, successor: 'large-5' },
  { name: 'open-70b', priceIn: 0.5, priceOut: 0.8, successor: 'open-120b' },
  { name: 'reasoning-2', priceIn: 12, priceOut: 50, successor: 'reasoning-3' },
]
export const embeddingModel: Model = {
  name: 'embed-3',
  priceIn: 0.05,
  priceOut: 0,
  successor: 'embed-4',
}

/** One call; sizes follow the tokens in and out. */
export function modelCall(
  random: Random,
  call: {
    readonly tsMs: number
    readonly source: Source
    readonly userAgent: string
    readonly operation: Operation
    readonly model: Model
    readonly isSucceeded?: boolean
    readonly tokensIn: number
    readonly tokensOut: number
    readonly status?: number
  },
): Draft {
  const { tsMs, source, userAgent, model } = call
  const status = call.status ?? (random.chance(0.012) ? random.pick([429, 429, 500, 400]) : 200)
  const isServed = status < 400
  const tokensIn = Math.round(call.tokensIn)
  const tokensOut = isServed ? Math.round(call.tokensOut) : 0
  const isModelCall = [chat, responses, embeddings].includes(call.operation)
  const draft = {
    tsMs,
    source,
    userAgent,
    operation: call.operation,
    objectId: random.integer(5_000),
    status,
    bytesIn: 350 + Math.round(isModelCall ? 4.3 * tokensIn : random.logNormal(300, 0.3)),
    bytesOut: isServed ? answerBytes(random, call.operation, tokensIn, tokensOut) : 240,
  }
  if (!isModelCall) return draft
  const costUsd = (tokensIn * model.priceIn + tokensOut * model.priceOut) / 1e6
  const name = call.isSucceeded ? model.successor : model.name
  return { ...draft, model: { name, tokensIn, tokensOut, costUsd } }
}

function answerBytes(random: Random, operation: Operation, tokensIn: number, tokensOut: number) {
  if (operation === embeddings) return 9_000 + Math.round(tokensIn * 8)
  if (tokensOut > 0) return 500 + Math.round(4.5 * tokensOut)
  return Math.round(random.logNormal(operation.bytesOutMedian, 0.4))
}
