/** Keeps the number of distinct routes bounded. */
export interface RouteTable {
  /** The route itself, always the same string object, or `/{other}` where there is no room for it. */
  intern(route: string, isAnswered: boolean): string
  readonly size: number
  readonly sizeMax: number
}

/** What a route becomes for which there is no room. */
export const otherRoute = '/{other}'

/**
 * Routes of answered calls and of refused ones (status 400 and up) have room of their own, so that a
 * scanner without a valid token, who gets refusals only, cannot crowd out the API's real routes.
 */
export function createRouteTable(routesMax: number): RouteTable {
  const answered = new Map<string, string>()
  const refused = new Map<string, string>()
  const refusedMax = Math.max(1, Math.floor(routesMax / 4))

  return {
    intern(route, isAnswered) {
      const known = answered.get(route)
      if (known !== undefined) return known
      const table = isAnswered ? answered : refused
      const again = table.get(route)
      if (again !== undefined) return again
      if (table.size >= (isAnswered ? routesMax : refusedMax)) return otherRoute
      table.set(route, route)
      return route
    },
    get size() {
      return answered.size + refused.size
    },
    sizeMax: routesMax + refusedMax,
  }
}
