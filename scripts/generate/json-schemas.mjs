/**
 * JSON Schema files (draft 2020-12) of the intent, the health document, the profile of a provider and every message,
 * from the zod schemas of the core. Each file stands for itself: no reference leads out of it.
 */
import * as z from 'zod'

export const INTENT_FILE = 'intent.schema.json'
export const MESSAGES_FILE = 'messages.schema.json'
export const HEALTH_FILE = 'health.schema.json'
const PROVIDER_FILE = 'provider.schema.json'

/** Input side: what a sender may write; a `default` is what absence means. */
const OPTIONS = { target: 'draft-2020-12', io: 'input', unrepresentable: 'any', reused: 'inline' }

/** `links` maps a zod schema to the JSON Schema that stands in its place. */
function schemaOf(type, links = new Map()) {
  const override = ({ zodSchema, jsonSchema }) => {
    // What is read from an older form as well is published in its present one.
    const isFromOlder = zodSchema instanceof z.ZodPipe && zodSchema.in instanceof z.ZodTransform
    const link = isFromOlder ? schemaOf(zodSchema.out, links) : links.get(zodSchema)
    if (link === undefined) return
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
    Object.assign(jsonSchema, link)
  }
  const { $schema: _, ...schema } = z.toJSONSchema(type, { ...OPTIONS, override })
  return schema
}

/** A reader must let pass what a newer agent adds, so a published document is never closed. */
function opened(schema) {
  return JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === 'additionalProperties' && value === false ? undefined : value,
    ),
  )
}

/** A published file: what it is called, and its schema. The id is a name; nothing is fetched from it. */
function published(name, title, { description, ...schema }) {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:demarc:schema:${name}:v1`,
    title,
    description,
    ...schema,
  }
}

const NONE = JSON.stringify(schemaOf(z.strictObject({})))

/** Documents that messages carry, each defined once in the file. */
function linksOf({ intentSchema, HealthReading, HealthPatch }) {
  return new Map([
    [intentSchema, { $ref: '#/$defs/intent' }],
    [
      HealthReading,
      {
        description: 'The health document; empty until the agent has assessed its router.',
        anyOf: [{ $ref: '#/$defs/health' }, { type: 'object', maxProperties: 0 }],
      },
    ],
    [HealthPatch, { type: 'object', description: HealthPatch.description }],
  ])
}

/** `method.params` and `method.result` of one side; methods without parameters share one schema. */
function definitions(side, methods, links) {
  return Object.entries(methods).flatMap(([method, { params, result }]) =>
    [
      [`${side}.${method}.params`, params],
      [`${side}.${method}.result`, result],
    ].map(([name, type]) => [name, schemaOf(type, links)]),
  )
}

export function jsonSchemas(core) {
  const { intentSchema, HealthDocument, profileSchema, LIMITS, messages, rpc } = core
  const links = linksOf(core)
  const intent = schemaOf(intentSchema)
  const health = opened(schemaOf(HealthDocument))
  return {
    [INTENT_FILE]: published('intent', 'demarc intent, version 1', intent),
    [HEALTH_FILE]: published('health', 'demarc health document, version 1', health),
    [PROVIDER_FILE]: published('provider', 'demarc profile of a provider, version 1', {
      description:
        'What a provider demands of an intent, and fixes in it. `demarc check-config` also checks that nothing in it contradicts itself.',
      ...schemaOf(profileSchema),
    }),
    [MESSAGES_FILE]: published('messages', 'demarc control channel, version 1', {
      description: `Parameters and results by the side that answers, and the JSON-RPC 2.0 frames that carry them. Limits that JSON Schema cannot say: a message nests at most ${LIMITS.depth} levels and no object in it has more than ${LIMITS.keysPerObject} members; one to an agent has at most ${LIMITS.frame} octets and ${LIMITS.values} values, one to a hub ${LIMITS.frameToHub} octets and ${LIMITS.valuesToHub} values (docs/protocol.md, Limits).`,
      $defs: {
        intent,
        health,
        fault: schemaOf(rpc.FaultShape),
        id: schemaOf(rpc.RequestFrame).properties.id,
        error: schemaOf(rpc.ErrorFrame),
        ...Object.fromEntries([
          ...definitions('hub', messages.HUB_METHODS, links),
          ...definitions('agent', messages.AGENT_METHODS, links),
        ]),
      },
    }),
  }
}

/** Whether a method takes nothing. */
export function takesNothing({ params }) {
  const { description: _, ...shape } = schemaOf(params)
  return JSON.stringify(shape) === NONE
}
