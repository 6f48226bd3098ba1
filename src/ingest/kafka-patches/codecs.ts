import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

/** A codec in the form that kafkajs asks for. */
export interface KafkaCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

export type CodecName = 'GZIP' | 'Snappy' | 'LZ4' | 'ZSTD'

/** Largest batch after decompression: brokers take about 1 MB compressed, logs reach ratios of 50. */
const BATCH_BYTES_MAX = 256 * 1_048_576

/** Java producers frame snappy: a header of 16 bytes that begins with these, then length and block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

/** Codecs that this platform has. A missing one fails where a producer uses it, by name. */
export async function loadCodecs(): Promise<ReadonlyMap<CodecName, KafkaCodec>> {
  const codecs = new Map<CodecName, KafkaCodec>([['GZIP', gzip]])
  const [snappy, lz4] = await Promise.all([orMissing(snappyCodec), orMissing(lz4Codec)])
  if (snappy !== undefined) codecs.set('Snappy', snappy)
  if (lz4 !== undefined) codecs.set('LZ4', lz4)
  const zstd = zstdCodec()
  if (zstd !== undefined) codecs.set('ZSTD', zstd)
  return codecs
}

/** The packages are prebuilt for most platforms, not for all. */
async function orMissing(load: () => Promise<KafkaCodec>): Promise<KafkaCodec | undefined> {
  try {
    return await load()
  } catch {
    return undefined
  }
}

const compressGzip = promisify<zlib.InputType, Buffer>(zlib.gzip)
const decompressGzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip)

const gzip: KafkaCodec = {
  compress: ({ buffer }) => compressGzip(buffer),
  decompress: bytes => decompressGzip(bytes, { maxOutputLength: BATCH_BYTES_MAX }),
}

// Synchronous where a batch takes less time than a trip through the thread pool.

async function snappyCodec(): Promise<KafkaCodec> {
  const { compressSync, uncompressSync } = await import('snappy')
  const unpack = (block: Buffer) => Buffer.from(uncompressSync(block, { asBuffer: true }))
  return {
    compress: ({ buffer }) => Promise.resolve(compressSync(buffer)),
    decompress: async bytes =>
      Buffer.concat((await Promise.resolve(snappyBlocks(bytes))).map(block => unpack(block))),
  }
}

/** @throws RangeError when the frames do not fit the bytes */
export function snappyBlocks(bytes: Buffer): readonly Buffer[] {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [bytes]
  const blocks: Buffer[] = []
  let at = XERIAL_HEADER_BYTES
  while (at < bytes.length) {
    const start = at + 4
    at = start + bytes.readInt32BE(at)
    if (at <= start || at > bytes.length)
      throw new RangeError('a snappy block goes beyond its batch')
    blocks.push(bytes.subarray(start, at))
  }
  return blocks
}

async function lz4Codec(): Promise<KafkaCodec> {
  const { compressFrameSync, decompressFrameSync } = await import('lz4-napi')
  return {
    compress: ({ buffer }) => Promise.resolve(compressFrameSync(buffer)),
    decompress: bytes => Promise.resolve(bytes).then(decompressFrameSync),
  }
}

type ZstdCall = (bytes: Buffer, options?: { maxOutputLength: number }) => Buffer

/** In Node from 22.15 on; older types do not know it. */
function zstdCodec(): KafkaCodec | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as {
    zstdCompressSync?: ZstdCall
    zstdDecompressSync?: ZstdCall
  }
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined
  const options = { maxOutputLength: BATCH_BYTES_MAX }
  return {
    compress: ({ buffer }) => Promise.resolve(zstdCompressSync(buffer)),
    decompress: bytes => Promise.resolve(bytes).then(input => zstdDecompressSync(input, options)),
  }
}
