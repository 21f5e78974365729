/**
 * The OpenAPI 3.1 document of the hub's HTTP API, from the table of operations in `src/hub/api` and the
 * zod schemas it names.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import * as z from 'zod'

const OUT = '.cache/generate/hub-api.mjs'

/** What the document is made from, as one module; packages stay imports, so that zod is this script's own. */
const ENTRY = `
export { OPERATIONS } from './src/hub/api/operations.ts'
export { faultCodes } from './src/hub/api/operation.ts'
export { RETRY_AFTER, TOO_MANY, UNAVAILABLE } from './src/hub/api/reply.ts'
export * as shapes from './src/hub/api/shapes.ts'
export { intentSchema } from './src/core/wire/intent.ts'
export { ChangeProgress, HelloParams } from './src/core/wire/messages.ts'
export { INTENT_LIMITS } from './src/core/wire/limits.ts'
`

async function loadApi() {
  mkdirSync('.cache/generate', { recursive: true })
  await build({
    stdin: { contents: ENTRY, resolveDir: '.', loader: 'ts' },
    outfile: OUT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
  return import(`${pathToFileURL(resolve(OUT)).href}?${Date.now()}`)
}

const ref = (name) => ({ $ref: `#/components/schemas/${name}` })

/** One pass over named schemas; where one holds another, it refers to it. */
function convert(named, io, open) {
  const registry = z.registry()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io,
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      delete jsonSchema.id
      // The format says it; zod's own pattern of it is 300 characters long.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      // A client must take members that a newer hub adds.
      if (open && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
  )
}

/** The schemas of requests are closed: the hub refuses members that it does not know. */
function componentsOf({ shapes, intentSchema }) {
  const { Registration, IntentWithExtras, ...replies } = shapes
  const requests = { Registration, IntentWithExtras, Intent: intentSchema }
  return {
    ...convert({ ...replies, Intent: intentSchema }, 'output', true),
    ...convert(requests, 'input', false),
  }
}

/** The reference to a schema of the operations table; a union is one of its members. */
function schemaRef(api, schema) {
  const named = Object.entries({ ...api.shapes, Intent: api.intentSchema })
  const found = named.find(([, candidate]) => candidate === schema)
  if (found !== undefined) return ref(found[0])
  if (!(schema instanceof z.ZodUnion)) throw new Error('a schema of src/hub/api has no name')
  return { anyOf: schema.options.map((option) => schemaRef(api, option)) }
}

const json = (schema) => ({ 'application/json': { schema } })

function replyOf(api, { description, schema, contentType, events }) {
  if (schema !== undefined) return { description, content: json(schemaRef(api, schema)) }
  if (contentType !== undefined) {
    return { description, content: { [contentType.split(';')[0]]: { schema: { type: 'string' } } } }
  }
  return {
    description,
    content: {
      'text/event-stream': {
        schema: {
          type: 'string',
          description:
            'Each event has the lines `id`, `event` and `data`; an event without `id` has no place in the order. A line `:` keeps an idle connection open.',
          contentMediaType: 'text/event-stream',
          contentSchema: {
            oneOf: Object.entries(events).map(([name, shape]) => eventSchema(api, name, shape)),
          },
        },
      },
    },
  }
}

/** One event as OpenAPI 3.2 models them: its lines, and in `data` a JSON document. */
function eventSchema(api, name, shape) {
  return {
    type: 'object',
    required: ['event', 'data'],
    properties: {
      id: { type: 'string', pattern: '^\\d+$' },
      event: { const: name },
      data: {
        type: 'string',
        contentMediaType: 'application/json',
        contentSchema: schemaRef(api, shape),
      },
    },
  }
}

function refusalOf(api, operation, status, codes) {
  const schema = operation.refusal ?? api.shapes.Refused
  const retry = {
    description: 'Seconds after which a try may succeed.',
    schema: { type: 'integer' },
  }
  const challenge = { description: 'RFC 6750.', schema: { type: 'string' } }
  const headers = {
    ...(status === api.UNAVAILABLE || status === api.TOO_MANY ? { 'Retry-After': retry } : {}),
    ...(status === 401 ? { 'WWW-Authenticate': challenge } : {}),
  }
  const forwarded = operation.isForwarded ? ' The router may refuse with any of them.' : ''
  return {
    description: `Refused. Codes of the first fault: ${codes.join(', ')}.${forwarded}`,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    content: json(schemaRef(api, schema)),
    'x-fault-codes': codes,
  }
}

function parametersOf(api, { path, query, replies }) {
  const segments = {
    id: ['The id of the router.', api.HelloParams.shape.router],
    change: ['The name of the change.', api.ChangeProgress.shape.change],
  }
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    const [description, type] = segments[name]
    return { name, in: 'path', required: true, description, schema: plain(type) }
  })
  const inQuery = Object.entries(query.shape).map(([name, type]) => {
    const { description, parameter, ...schema } = plain(type)
    return { name, in: 'query', description, schema: parameter ?? schema }
  })
  const resumes = Object.values(replies).some(({ events }) => events !== undefined)
  const last = {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The number of the last event that the client got; it goes before `after`.',
    schema: { type: 'integer', minimum: 0 },
  }
  return [...inPath, ...inQuery, ...(resumes ? [last] : [])]
}

function plain(type) {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return schema
}

function operationOf(api, operationId, operation) {
  const { summary, description, body, replies, isPublic } = operation
  const parameters = parametersOf(api, operation)
  const limit = `At most ${api.INTENT_LIMITS.text} octets.`
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : {
          requestBody: { required: true, description: limit, content: json(schemaRef(api, body)) },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(replies).map(([status, reply]) => [status, replyOf(api, reply)]),
      ),
      ...Object.fromEntries(
        [...api.faultCodes(operation)].map(([status, codes]) => [
          status,
          refusalOf(api, operation, status, codes),
        ]),
      ),
    },
  }
}

function pathsOf(api) {
  const paths = {}
  for (const [id, operation] of Object.entries(api.OPERATIONS)) {
    paths[operation.path] ??= {}
    paths[operation.path][operation.method.toLowerCase()] = operationOf(api, id, operation)
  }
  return paths
}

const ABOUT = (
  api,
) => `The HTTP API of demarc-hub, the reference control plane. docs/hub.md explains it with examples; this page is generated from the table that the hub's own router is made from.

**Refusals.** Every refusal is JSON with all faults at once: \`code\` (docs/faults.md), \`at\` (the place), \`message\`, and \`next\`, what the caller may do: \`retry\`, \`fix-input\`, \`operator\`, \`report-bug\`. The first fault decides the status. \`x-fault-codes\` lists the codes of each status.

**On every path.** A path that is not here is 404 \`METHOD_UNKNOWN\`, another method 405 with \`Allow\`. A query parameter that is not listed is 422 \`INTENT_UNKNOWN_KEY\`. A status ${api.UNAVAILABLE} has \`Retry-After\` (${api.RETRY_AFTER} s). Answers of the HTTP server itself have no JSON: 400 for what is not HTTP, 408 for a header that takes longer than 10 s or a request that takes longer than 60 s, 431 for a header of more than 16 KiB.

**Limits.** A body has at most ${api.INTENT_LIMITS.text} octets (413). 64 streams at once; a client that is more than 4 MiB behind is disconnected. 10,000 routers.

**Compatibility.** A later version may add members to answers, events to streams and codes to refusals; a client must ignore what it does not know.`

/** The whole document. */
export async function openapi(version) {
  const api = await loadApi()
  return {
    openapi: '3.1.1',
    info: {
      title: 'demarc-hub HTTP API',
      version,
      description: ABOUT(api),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'demarc' },
    },
    servers: [{ url: 'http://127.0.0.1:7480', description: 'A hub on loopback; elsewhere https.' }],
    security: [{ operator: [] }],
    paths: pathsOf(api),
    components: {
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', description: "The operator's token." },
      },
      schemas: componentsOf(api),
    },
  }
}
