import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { PipelineError } from '../domain/pipeline-error.ts'
import { ApiError } from './api-error.ts'
import type { ErrorReply } from './schemas.ts'

/** What a client reads for each refusal of the framework: its own messages may repeat what was sent. */
const refusals: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['bad_request', 'The request is malformed.'],
  404: ['not_found', 'Nothing is here.'],
  405: ['method_not_allowed', 'This method is not allowed here.'],
  408: ['request_timeout', 'The request took too long to arrive.'],
  413: ['body_too_large', 'The body is larger than `api.bodyBytesMax` allows.'],
  414: ['address_too_long', 'The address of the request is too long.'],
  415: ['unsupported_media_type', 'Content-Type must be one that the route takes: see /docs.'],
  429: ['too_many_requests', 'Too many requests: wait and try again.'],
  503: ['unavailable', 'The request could not be answered in time: try again.'],
}

/** The one shape of an error. */
export const errorBody = (code: string, message: string): ErrorReply => ({
  error: { code, message },
})

/** Answers an error in the one shape, with our words only, and logs what is not the client's fault. */
export function replyError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const { status, code, message } = describe(error)
  if (status >= 500) {
    const route = request.routeOptions.url ?? 'unknown'
    request.log.error({ err: error, route, status, code }, 'Request failed.')
  }
  if (status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', 5)
  return reply.code(status).send(errorBody(code, message))
}

function describe(error: FastifyError): { status: number; code: string; message: string } {
  if (error instanceof ApiError) return error
  if (error instanceof PipelineError) {
    const message = error.isRetryable
      ? 'A dependency is away: try again.'
      : 'A dependency refused the request; the log tells more.'
    return { status: error.isRetryable ? 503 : 502, code: error.code, message }
  }
  if (error.validation !== undefined) {
    return { status: 400, code: 'invalid_request', message: describeFaults(error) }
  }
  const status = error.statusCode ?? 500
  const refusal = refusals[status]
  if (refusal !== undefined) return { status, code: refusal[0], message: refusal[1] }
  if (status >= 400 && status < 500) {
    return { status, code: 'bad_request', message: 'The request cannot be answered.' }
  }
  return {
    status: 500,
    code: 'internal_error',
    message: 'Something went wrong; the log tells more.',
  }
}

/** Where the request does not fit its schema: paths and rules come from the schema, never a value. */
function describeFaults({ validation = [], validationContext }: FastifyError): string {
  const faults = validation
    .slice(0, 5)
    .map(({ instancePath, message = 'is wrong' }) =>
      `${validationContext ?? 'request'}${instancePath.replaceAll('/', '.')} ${message}`.slice(
        0,
        200,
      ),
    )
  return `${faults.join('; ')}.`
}
