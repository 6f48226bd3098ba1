import type { AccessEvent } from '../domain/access-event.ts'

/** What was called, for a reader: `POST /v1/chat/completions (gpt-x)`. */
export function endpointText({ method, route, model }: AccessEvent): string {
  return model === undefined ? `${method} ${route}` : `${method} ${route} (${model})`
}
