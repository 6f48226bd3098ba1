/** Event time in UTC, as whole numbers since the epoch. A week has 48 hour bins: weekday, weekend. */

export const dayMs = 86_400_000
export const hourMs = 3_600_000

export const dayOf = (ms: number): number => Math.floor(ms / dayMs)

/** Saturday or Sunday; 1970-01-01 was a Thursday. */
export function isWeekend(day: number): boolean {
  const weekday = (day + 4) % 7
  return weekday === 0 || weekday === 6
}

/** Bin of an hour since the epoch: 0 to 23 on weekdays, 24 to 47 on weekends. */
export function hourBinOf(hour: number): number {
  return (hour % 24) + (isWeekend(Math.floor(hour / 24)) ? 24 : 0)
}
