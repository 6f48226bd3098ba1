import type { ApiClient } from './api-client.ts'
import type { Route } from './route.ts'

/** What every page is given. */
export interface Context {
  readonly client: ApiClient
  /** A line at the foot of the page, read out by screen readers. */
  say(text: string): void
}

/** A page below the counters; it asks the server only while it is shown. */
export interface Page {
  readonly node: HTMLElement
  show(route: Route): void
  hide(): void
}

/** Runs what a button does; a failure is told, not thrown. */
export async function attempt(context: Context, task: () => Promise<void>): Promise<void> {
  try {
    await task()
  } catch (error) {
    context.say(error instanceof Error ? error.message : 'That did not work.')
  }
}
