import t from 'tap'
import type * as z from 'zod'
import { quoteValue } from '../../../src/core/base/quote.js'
import { faultsOf } from '../../../src/core/base/result.js'
import { checkShape, type ShapeFault, UNNAMED } from '../../../src/core/base/shape.js'
import { AgentFile } from '../../../src/core/config/agent-file.js'
import { HubFile } from '../../../src/core/config/hub-file.js'
import { SecretsFile } from '../../../src/core/config/secrets-file.js'
import { intentSchema } from '../../../src/core/wire/intent.js'
import { PushedSecrets } from '../../../src/core/wire/push.js'
import { ErrorFrame, RequestFrame } from '../../../src/core/wire/rpc.js'
import {
  IntentQuery,
  NoQuery,
  PageQuery,
  PushQuery,
  StreamQuery,
} from '../../../src/hub/api/queries.js'
import { wrongDocuments } from './wrong-values.js'
import { METHOD_SCHEMAS } from '../wire/method-schemas.js'

/** Every schema that a document of a user or of a peer is checked by. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  intent: intentSchema,
  'demarc.toml': AgentFile,
  'hub.toml': HubFile,
  'secrets file': SecretsFile,
  'pushed secrets': PushedSecrets,
  'query of a push': PushQuery,
  'query of a page': PageQuery,
  'query of a stream': StreamQuery,
  'query of an intent': IntentQuery,
  'no query': NoQuery,
  request: RequestFrame,
  error: ErrorFrame,
  ...METHOD_SCHEMAS,
}

/** Words of the zod package in its own messages. */
const FOREIGN = /Invalid|Unrecognized|Too (?:big|small)|[Ee]xpected|received|undefined|ZodError/
const OURS =
  /^(?:must be \S|is required: \S|its key must be \S|is not a known key; \S|has \d+ more faults that)/

/** Places of JSON values that may be anything, and what lies below them. */
const ANYTHING = /(?:^|\.)(?:params|intent|health(?:\.k)?)$/

interface Found {
  readonly fault: ShapeFault
  /** The value at the place of the fault. */
  readonly value: unknown
  /** Whether the value may be a password. */
  readonly secret: boolean
}

/** What can be wrong with the message of a fault. */
const COMPLAINTS: Readonly<Record<string, (found: Found) => boolean>> = {
  'has words of the validator': ({ fault }) => FOREIGN.test(fault.message),
  'does not name what is allowed': ({ fault }) => fault.message.includes(UNNAMED),
  'is not a sentence of ours': ({ fault }) => !OURS.test(fault.message),
  'does not show the value': ({ fault, value, secret }) =>
    !secret &&
    fault.message.startsWith('must be') &&
    !fault.message.endsWith(`; is ${shown(value)}`),
  'shows a secret': ({ fault, secret }) => secret && /^must be .*; is /.test(fault.message),
  'is not cut': ({ fault }) => fault.message.length > 1000,
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : quoteValue(value)
}

/** What is wrong with the message of a fault; empty: it is one of ours. */
function complaints(fault: ShapeFault, document: unknown): readonly string[] {
  const value = fault.path.reduce<unknown>(
    (found, key) => (Object(found) as Record<PropertyKey, unknown>)[key],
    document,
  )
  const secret = /password|secret|token/i.test(fault.path.map(String).join('.'))
  return Object.entries(COMPLAINTS)
    .filter(([, isTrue]) => isTrue({ fault, value, secret }))
    .map(([complaint]) => complaint)
}

for (const [name, schema] of Object.entries(SCHEMAS)) {
  t.test(`${name}: every wrong value gets a sentence of ours`, (t) => {
    const wrong = new Set<string>()
    const places = new Map<string, boolean>()
    for (const { path, kind, document } of wrongDocuments(schema)) {
      const faults = faultsOf(checkShape(schema, document))
      const place = path.map(String).join('.')
      const found = faults.some((fault) => fault.path.map(String).join('.').startsWith(place))
      places.set(place, found || places.get(place) === true)
      for (const fault of faults) {
        for (const complaint of complaints(fault, document)) {
          wrong.add(`${fault.path.map(String).join('.')} (${kind}) ${complaint}: ${fault.message}`)
        }
      }
    }
    t.strictSame([...wrong].slice(0, 20), [])
    const silent = [...places].filter(([, found]) => !found).map(([place]) => place)
    t.strictSame(
      silent.filter((place) => !ANYTHING.test(place)),
      [],
      'every place has a wrong value',
    )
    t.end()
  })
}
