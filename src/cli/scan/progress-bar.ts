/** A terminal, as far as the bar needs it. */
interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressBar {
  /** `total` undefined when the size of the input is not known. */
  update(done: {
    readonly bytes: number
    readonly total: number | undefined
    readonly records: number
  }): void
  /** Takes the bar off the screen. */
  clear(): void
}

const REDRAW_MS = 100
const BAR_WIDTH = 24

/** A progress bar on a terminal; silent where there is none (a pipe, a log). */
export function createProgressBar(terminal: Terminal, clock: () => number): ProgressBar {
  if (terminal.isTTY !== true) return { update: () => {}, clear: () => {} }
  const startMs = clock()
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    update({ bytes, total, records }) {
      const nowMs = clock()
      if (nowMs - drawnMs < REDRAW_MS) return
      drawnMs = nowMs
      const rate = Math.round((records / Math.max(1, nowMs - startMs)) * 1000)
      const counts = `${records.toLocaleString('en-US')} records  ${rate.toLocaleString('en-US')}/s`
      const line = total === undefined || total === 0 ? counts : `${bar(bytes / total)}  ${counts}`
      terminal.write(`\r\u001b[K${line.slice(0, (terminal.columns ?? 80) - 1)}`)
    },
    clear() {
      terminal.write('\r\u001b[K')
    },
  }
}

function bar(share: number): string {
  const done = Math.min(1, Math.max(0, share))
  const filled = Math.round(done * BAR_WIDTH)
  const percent = `${Math.floor(done * 100)}%`.padStart(4)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent}`
}
