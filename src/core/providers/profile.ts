import * as z from 'zod'
import { parseCidr } from '../base/ip.js'
import { ATTACHMENT_STATES, CONNECTION_STATES } from '../model/health.js'
import { SUBJECT_NAMES } from './subjects/subject-names.js'

/** A bound that is null is open: `[90, null]` is 90 and more. Both bounds belong to the range. */
const Range = z.tuple([z.int().nullable(), z.int().nullable()])
const ranges = z.array(Range).min(1).max(64)
const text = (max: number) => z.string().min(1).max(max)
const id = z
  .string()
  .max(63)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'a name: lower case letters, digits and "-"')
const prefix = z
  .string()
  .max(49)
  .refine((value) => parseCidr(value) !== undefined, 'a prefix such as "10.0.0.0/8"')

/** What a provider takes; a value must fit every member that is there. */
const allowed = {
  numbers: ranges.exactOptional(),
  except: ranges.exactOptional(),
  words: z.array(text(64)).min(1).max(64).exactOptional(),
  prefixes: z.array(prefix).min(1).max(64).exactOptional(),
}
const fill = z.union([z.int(), text(64)]).exactOptional()

export const AllowedShape = z.strictObject(allowed)

const Rule = z.strictObject({
  /** Such as `yandex/vlan-range`: the id of the profile, and a name. */
  id: z
    .string()
    .max(100)
    .regex(
      /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/,
      'the id of the profile, "/" and a name, such as "yandex/vlan-range"',
    ),
  /** `error`: refused. `warning`: said. `default`: only filled in where the intent leaves it out. */
  kind: z.enum(['error', 'warning', 'default']),
  /** What of an intent the rule is about. */
  subject: z.enum(SUBJECT_NAMES),
  /** The services that it holds for; all where absent. */
  services: z.array(id).min(1).max(16).exactOptional(),
  /** One plain sentence: what the provider demands, and what it does otherwise. */
  says: text(600),
  /** Ids of the documents that say so. */
  sources: z.array(id).min(1).max(8),
  allowed: AllowedShape.exactOptional(),
  /** What the provider takes in some regions; where the intent names no region, what any of them takes. */
  byRegion: z
    .array(z.strictObject({ regions: z.array(id).min(1).max(64), ...allowed, fill }))
    .min(1)
    .max(64)
    .exactOptional(),
  /** The value that an intent has that leaves it out. */
  fill,
  /** What the provider does with a session that announces more; only for a limit of announced routes. */
  beyond: z.enum(['ends-session', 'takes-no-more']).exactOptional(),
})

const Source = z.strictObject({
  id,
  title: text(200),
  /** Where the document is: an address, or repository and path. */
  url: text(400),
  /** The date or the version that the document itself bears. */
  dated: text(60).exactOptional(),
  /** The day on which the document was read, YYYY-MM-DD. */
  read: z.iso.date({ error: 'a date such as "2026-11-30"' }),
})

const Named = z.strictObject({ name: text(100), means: text(600) })

/** A state of the provider. `state`: the state of demarc that it is; absent: none, or a part of one. */
const stateOf = <const States extends readonly string[]>(states: States) =>
  Named.extend({
    state: z.enum(states, { error: `one of ${states.join(', ')}` }).exactOptional(),
  })
const Said = z.strictObject({ says: text(600), sources: z.array(id).min(1).max(8) })

/** A service or an access of the provider that an intent may name. */
const Service = z.strictObject({
  id,
  name: text(100),
  says: text(600),
  /** The service of an intent that names none. */
  default: z.literal(true).exactOptional(),
})

export const PROFILE_SCHEMA = 'demarc/provider/v1'

/** All that demarc knows of one provider: data, which an operator may write as a file. */
export const profileSchema = z.strictObject({
  /** The JSON Schema that an editor checks the file by; demarc ignores it. */
  $schema: text(2048).exactOptional(),
  schema: z.literal(PROFILE_SCHEMA, { error: `"${PROFILE_SCHEMA}"` }),
  id,
  name: text(100),
  /** What the provider calls its interconnect. */
  product: text(100),
  says: text(600),
  /** The regions of the provider; where absent, any name is taken. */
  regions: z.array(id).min(1).max(200).exactOptional(),
  /** What an intent names a service of: the connection, or each attachment. */
  serviceOf: z.enum(['connection', 'attachment']).exactOptional(),
  services: z.array(Service).min(1).max(16).exactOptional(),
  sources: z.array(Source).min(1).max(64),
  rules: z.array(Rule).max(200),
  /** The words of the provider, and what they are in an intent. */
  words: z.array(Named).max(64),
  /** The states that the provider gives a connection and what runs on it. */
  states: z.strictObject({
    connection: z.array(stateOf(CONNECTION_STATES)).max(32),
    attachment: z.array(stateOf(ATTACHMENT_STATES)).max(32),
  }),
  /** What no key of an intent can break, and an operator should know. */
  facts: z.array(Said).max(64),
  /** From the letter of authorization to the first packet. */
  steps: z.array(text(600)).max(32),
  /** What the support of the provider asks for. */
  support: z.array(text(300)).max(32),
})

export type Profile = z.output<typeof profileSchema>
export type ProfileRule = Profile['rules'][number]
export type Allowed = z.output<typeof AllowedShape>
