import { createRequire } from 'node:module'
import { loadCodecs } from './codecs.ts'
import { installFastRecordDecoder } from './fast-record-decoder.ts'
import { installGroupHooks } from './group-hooks.ts'
import { fixIdleLoop } from './idle-loop.ts'

export interface KafkaPatches {
  readonly isFastDecoderOn: boolean
  readonly isIdleLoopFixed: boolean
}

export type Kafkajs = typeof import('kafkajs')

let loaded: Promise<Kafkajs> | undefined

/**
 * kafkajs with its patches and codecs, loaded on first use: the decoder must be in place before, and
 * who reads no Kafka pays nothing. The first call decides on the patches for the whole process.
 */
export function loadKafkajs(patches: KafkaPatches): Promise<Kafkajs> {
  loaded ??= load(patches)
  return loaded
}

async function load({ isFastDecoderOn, isIdleLoopFixed }: KafkaPatches): Promise<Kafkajs> {
  const require = createRequire(import.meta.url)
  if (isFastDecoderOn) installFastRecordDecoder()
  const kafkajs = require('kafkajs') as Kafkajs
  if (isIdleLoopFixed) fixIdleLoop()
  installGroupHooks() // each consumer says which it wants
  for (const [name, codec] of await loadCodecs()) {
    const codecs = kafkajs.CompressionCodecs as Record<number, () => unknown>
    codecs[kafkajs.CompressionTypes[name]] = () => codec
  }
  return kafkajs
}
