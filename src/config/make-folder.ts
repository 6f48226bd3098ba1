import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it, step by step: where the system has no place for one, as in `/proc`,
 * `mkdirSync` with `recursive` of Node 20 never returns.
 *
 * @throws Error of the system for the first that cannot be made
 */
export function makeFolder(path: string, mode: number): void {
  const folder = resolve(path)
  if (existsSync(folder)) return
  makeFolder(dirname(folder), mode)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
