import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import type { RouterRecord } from '../store/records.js'
import type { Operation } from './operation.js'
import { OPERATIONS, type OperationId } from './operations.js'
import type { ApiReply, FaultReply, Success } from './reply.js'

type Of<Id extends OperationId> = (typeof OPERATIONS)[Id]

/** A request as a handler gets it: the path names a known router, and the query is checked. */
export interface ApiCall<Query, Router = RouterRecord | null> {
  /** The router that `{id}` names; null where the path has no `{id}`. */
  readonly router: Router
  /** The segment at `{change}`. */
  readonly change: string
  readonly query: Query
  readonly headers: IncomingMessage['headers']
  /** The body, within its limit; empty where the operation has none. */
  readonly text: string
}

type RouterOf<Path> = Path extends `${string}{id}${string}` ? RouterRecord : null

/** A request for this operation. */
export type CallOf<Id extends OperationId> = ApiCall<
  z.output<Of<Id>['query']>,
  RouterOf<Of<Id>['path']>
>

/** An answer that this operation may give. */
export type AnswerOf<Id extends OperationId> = Success<Of<Id>['replies']> | FaultReply

/** One handler for each operation of the table. */
export type ApiHandlers = {
  readonly [Id in OperationId]: (call: CallOf<Id>) => Promise<AnswerOf<Id>> | AnswerOf<Id>
}

/** An operation with what answers it. */
export interface Route {
  readonly operation: Operation
  readonly handler: (call: ApiCall<unknown>) => Promise<ApiReply> | ApiReply
}

/** Joins the table of operations with their handlers. */
export function createRoutes(handlers: ApiHandlers): Route[] {
  return Object.entries(OPERATIONS).map(([id, operation]) => ({
    operation,
    // The handler's own type ties it to its operation; by name alone TypeScript cannot.
    handler: handlers[id as OperationId] as Route['handler'],
  }))
}

/** A route whose path a request matches, with the segments at its placeholders. */
export interface RouteMatch {
  readonly route: Route
  readonly segments: Readonly<Record<string, string>>
}

/** All routes at a path, whatever their method. */
export function matchRoutes(routes: readonly Route[], path: string): RouteMatch[] {
  return routes.flatMap((route) => {
    const segments = matchPath(route.operation.path, path)
    return segments === undefined ? [] : [{ route, segments }]
  })
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const segments: Record<string, string> = {}
  for (const [place, want] of wanted.entries()) {
    const value = given[place] ?? ''
    if (want.startsWith('{') && value !== '') segments[want.slice(1, -1)] = decoded(value)
    else if (want !== value) return undefined
  }
  return segments
}

/** A segment that is not valid percent-encoding stays as it is and names nothing. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
