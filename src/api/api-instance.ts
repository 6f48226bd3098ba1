import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Principal } from './keyring.ts'
import { ErrorReply } from './schemas.ts'

/** Who may call a route. A route that says nothing is for the admin. */
type Access = 'open' | 'ingest' | 'admin'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    /** Whose key came with the request; undefined on open routes. */
    principal: Principal | undefined
  }
  interface FastifyInstance {
    /** Every route that was registered, for the test that none is open by mistake. */
    routeTable: readonly {
      readonly method: string
      readonly url: string
      readonly access: Access
    }[]
  }
}

/** The server as the route files see it: handlers are typed by their schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Replies that every route may give besides its own. */
export const errorReplies = { '4xx': ErrorReply, '5xx': ErrorReply } as const
