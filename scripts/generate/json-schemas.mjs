/** JSON Schema files of the intent and of every message, from the zod schemas of `core/wire`. */
import * as z from 'zod'

/** AsyncAPI 3.0 reads draft 07. Input side: what a sender may write; a `default` is what absence means. */
const OPTIONS = { target: 'draft-7', io: 'input', unrepresentable: 'any', reused: 'inline' }

export const INTENT_FILE = 'intent.schema.json'
export const MESSAGES_FILE = 'messages.schema.json'

function schemaOf(type, of = OPTIONS) {
  const { $schema: _, ...schema } = z.toJSONSchema(type, of)
  return schema
}

const RECURSIVE = '#/definitions/__schema0'

/** "Any JSON" is the one recursive type; its definition moves to the root of the file. */
function hoisted(schemas) {
  const inner = Object.values(schemas).flatMap(({ definitions: nested = {} }) =>
    Object.entries(nested).map(([name, json]) => `${name} ${JSON.stringify(json)}`),
  )
  const [only, ...others] = new Set(inner)
  if (others.length > 0) throw new Error('a second recursive type: give each a name of its own')
  const at = (text) => JSON.parse(text.replaceAll(RECURSIVE, '#/definitions/json'))
  const flat = Object.entries(schemas).map(([name, { definitions: _, ...schema }]) => [
    name,
    schema,
  ])
  return at(
    JSON.stringify({
      ...(only === undefined ? {} : { json: JSON.parse(only.slice(only.indexOf(' '))) }),
      ...Object.fromEntries(flat),
    }),
  )
}

const NONE = JSON.stringify(schemaOf(z.strictObject({})))

/** `method.params` and `method.result` of one side; methods without parameters share one schema. */
function definitions(side, methods) {
  return Object.entries(methods).flatMap(([method, { params, result }]) =>
    [
      [`${side}.${method}.params`, params],
      [`${side}.${method}.result`, result],
    ].map(([name, type]) => [name, linked(schemaOf(type))]),
  )
}

/** The intent is one document with one schema, wherever a message carries it. */
function linked(schema) {
  const intent = schema.properties?.intent
  if (intent === undefined) return schema
  const nullable = intent.anyOf?.some(({ type }) => type === 'null') === true
  const link = { $ref: INTENT_FILE }
  const to = nullable ? { anyOf: [link, { type: 'null' }] } : link
  return { ...schema, properties: { ...schema.properties, intent: to } }
}

export function jsonSchemas({ intentSchema, messages, rpc }) {
  const draft = 'http://json-schema.org/draft-07/schema#'
  const intent = {
    $schema: draft,
    title: 'demarc intent, version 1',
    description:
      "All that one router's interconnects should be. What the parts mean together is checked by `demarc validate`.",
    ...schemaOf(intentSchema),
  }
  const all = {
    $schema: draft,
    title: 'demarc control channel, version 1',
    description:
      'Parameters and results by the side that answers, and the JSON-RPC 2.0 frames that carry them.',
    definitions: hoisted({
      fault: schemaOf(rpc.FaultShape),
      id: schemaOf(rpc.RequestFrame).properties.id,
      error: schemaOf(rpc.ErrorFrame),
      ...Object.fromEntries([
        ...definitions('hub', messages.HUB_METHODS),
        ...definitions('agent', messages.AGENT_METHODS),
      ]),
    }),
  }
  return { [INTENT_FILE]: intent, [MESSAGES_FILE]: all }
}

/** Whether a method takes nothing. */
export function takesNothing({ params }) {
  return JSON.stringify(schemaOf(params)) === NONE
}
