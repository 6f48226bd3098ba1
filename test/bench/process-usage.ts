import { readdirSync, readFileSync } from 'node:fs'

/** CPU time and memory of a process by /proc, where there is one. */

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100

/** User and system time since its start; NaN where it cannot be told. */
export function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return Number.NaN
  }
}

/** Resident memory now and at its highest, MiB; NaN where it cannot be told. */
export function residentMib(pid: number): { readonly now: number; readonly peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1])
    return { now: Math.round(kib('VmRSS') / 1_024), peak: Math.round(kib('VmHWM') / 1_024) }
  } catch {
    return { now: Number.NaN, peak: Number.NaN }
  }
}

/** What a process was started with; empty where it cannot be told. */
export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** Process ids of the children of a process. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return []
    try {
      const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]
      return Number(parent) === pid ? [Number(name)] : []
    } catch {
      return [] // ended meanwhile
    }
  })
}
