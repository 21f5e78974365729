import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { RETRY_AFTER, UNAVAILABLE } from '../../src/hub/api/reply.js'

/** A JSON Schema, or any other object of the page. */
type Node = Record<string, unknown>

interface Response {
  headers?: Node
  content: Record<string, { schema: Node }>
  'x-fault-codes'?: string[]
}

interface PageOperation {
  operationId: string
  security?: unknown[]
  requestBody?: unknown
  responses: Record<string, Response>
}

/** `docs/openapi.json`, as far as a test reads it. */
export interface OpenApiPage {
  paths: Record<string, Record<string, PageOperation>>
  components: { schemas: Record<string, { properties: Node; required: string[] }> }
}

/** A fresh copy, which a test may change. */
export function readPage(): OpenApiPage {
  return JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenApiPage
}

/** An operation with its place on the page. */
export interface PlacedOperation extends PageOperation {
  readonly method: string
  readonly path: string
}

export function operationsOf(page: OpenApiPage): PlacedOperation[] {
  return Object.entries(page.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  )
}

/** A request to a hub and its answer. */
export interface Exchange {
  readonly operationId: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Finds everything in which an answer differs from what the page promises. */
export function createChecker(page: OpenApiPage): (exchange: Exchange) => string[] {
  const shapes = new Map<string, z.ZodType>()
  const mismatches = (schema: Node, value: unknown): string[] => {
    const key = JSON.stringify(schema)
    const shape = shapes.get(key) ?? z.fromJSONSchema(resolved(page, schema) as never)
    shapes.set(key, shape)
    const parsed = shape.safeParse(value)
    return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
  return (exchange) => {
    const { operationId, status, headers, text } = exchange
    const operation = operationsOf(page).find((known) => known.operationId === operationId)
    const response = operation?.responses[String(status)]
    if (response === undefined) return [`${operationId}: no status ${status} on the page`]
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    const content = response.content[type]
    const found = [
      ...(content === undefined ? [`no content type ${type}`] : []),
      ...Object.keys(response.headers ?? {})
        .filter((name) => !headers.has(name))
        .map((name) => `no header ${name}`),
      ...codeProblems(response, exchange),
      ...(content === undefined ? [] : bodyProblems(type, content.schema, text, mismatches)),
    ]
    return found.map((problem) => `${operationId} ${status}: ${problem}`)
  }
}

function codeProblems(response: Response, { status, headers, text }: Exchange): string[] {
  const unexpected = retryProblems(status, headers)
  const codes = response['x-fault-codes']
  if (codes === undefined) return unexpected
  const { faults } = JSON.parse(text) as { faults: readonly { code: string }[] }
  const code = faults[0]?.code ?? 'no code'
  return codes.includes(code) ? unexpected : [...unexpected, `${code} is not a code of this status`]
}

function retryProblems(status: number, headers: Headers): string[] {
  const after = headers.get('retry-after')
  if (status === UNAVAILABLE && after !== String(RETRY_AFTER)) return [`Retry-After is ${after}`]
  return [429, UNAVAILABLE].includes(status) || after === null
    ? []
    : ['Retry-After without a 429 or 503']
}

function bodyProblems(
  type: string,
  schema: Node,
  text: string,
  mismatches: (schema: Node, value: unknown) => string[],
): string[] {
  if (type === 'application/json') return mismatches(schema, JSON.parse(text))
  if (type === 'text/plain') return text === '' ? ['an empty text'] : []
  const { oneOf } = schema['contentSchema'] as { readonly oneOf: readonly EventSchema[] }
  return eventsOf(text).flatMap(({ name, data }) => {
    const named = oneOf.find(({ properties }) => properties.event.const === name)
    if (named === undefined) return [`no event ${name}`]
    return mismatches(named.properties.data.contentSchema, JSON.parse(data))
  })
}

interface EventSchema {
  readonly properties: {
    readonly event: { readonly const: string }
    readonly data: { readonly contentSchema: Node }
  }
}

/** The server-sent events of a text that hold data. */
export function eventsOf(text: string): { name: string; data: string }[] {
  return text.split('\n\n').flatMap((block) => {
    const line = (field: string) => new RegExp(`^${field}: (.*)$`, 'm').exec(block)?.[1]
    const data = line('data')
    return data === undefined ? [] : [{ name: line('event') ?? '', data }]
  })
}

/**
 * The schema with its references filled in, and closed: clients must take members that they do not know,
 * but this hub sends none that the page does not name.
 */
function resolved(page: OpenApiPage, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => resolved(page, item))
  if (typeof node !== 'object' || node === null) return node
  const { $ref, ...rest } = node as Node
  if (typeof $ref === 'string') {
    return resolved(page, page.components.schemas[$ref.split('/').at(-1) ?? ''])
  }
  const entries = Object.entries(rest).map(([key, value]) => [key, resolved(page, value)])
  const isOpen =
    'properties' in rest && rest['type'] === 'object' && !('additionalProperties' in rest)
  return { ...Object.fromEntries(entries), ...(isOpen ? { additionalProperties: false } : {}) }
}
