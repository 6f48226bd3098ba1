export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** One hour of simulated time, as a token sees it where it lives. */
export interface Hour {
  /** UTC, ms since epoch, a whole hour. */
  readonly startMs: number
  /** Local hour of the day, 0 to 23. */
  readonly local: number
  /** Local day of the week, 0 for Sunday. */
  readonly weekday: number
  /** Local days since the epoch: what is constant over a local day is drawn from it. */
  readonly day: number
}

/** @param offsetMs - local time minus UTC, ms, a whole number of hours */
export function hourAt(startMs: number, offsetMs: number): Hour {
  const localMs = startMs + offsetMs
  const day = Math.floor(localMs / dayMs)
  return {
    startMs,
    local: Math.floor((localMs - day * dayMs) / hourMs),
    weekday: (((day + 4) % 7) + 7) % 7,
    day,
  }
}

export const isWeekend = (hour: Hour) => hour.weekday === 0 || hour.weekday === 6
