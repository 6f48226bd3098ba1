import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultKind } from '../fault-kind.ts'

const PIECE = Buffer.alloc(4 << 20)

/** No byte is left on the server's disk, for some seconds. */
export const fullDisk: FaultKind = {
  id: 'full-disk',
  members: 1,
  missing: ({ disk }) =>
    disk === undefined ? 'a small file system cannot be mounted here' : undefined,
  async inflict({ site }, random) {
    const forMs = 1_000 + random.integer(4_000)
    const ballast = join(site.disk ?? '', 'ballast')
    try {
      for (const endMs = performance.now() + forMs; performance.now() < endMs; await delay(20)) {
        fill(ballast, site.disk ?? '')
      }
    } finally {
      rmSync(ballast, { force: true })
    }
    return `no space left on ClickHouse's disk for ${forMs} ms`
  },
}

/** Also what merges and expired parts give back meanwhile. */
function fill(ballast: string, folder: string) {
  try {
    for (let free = freeBytes(folder); free > 0; free = freeBytes(folder)) {
      writeFileSync(ballast, PIECE.subarray(0, Math.min(PIECE.length, free)), { flag: 'a' })
    }
  } catch {
    // Full.
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
