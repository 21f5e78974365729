import * as z from 'zod'
import { asNumber, type FamilyShape, NeighborShape, originFields } from './intent-bgp.js'
import { absent, choice, ipv4Address, whole, wordOf } from './intent-fields.js'
import { MAXIMUM_PATHS } from '../model/intent-defaults.js'
import { INTENT_LIMITS } from './limits.js'
import { attachmentFields, Connection, Vrf } from './intent-link.js'

export const INTENT_SCHEMA = 'demarc/intent/v1'

const Router = z.strictObject({
  id: wordOf('the id of the router the intent is for'),
  role: choice(['customer', 'provider'], 'the end of the interconnect this router is'),
  localAs: asNumber("the router's AS number").exactOptional(),
  routerId: ipv4Address('the BGP identifier (RFC 6286)').exactOptional(),
  maximumPaths: absent(whole(1, 64, 'equal-cost paths, 1-64'), MAXIMUM_PATHS),
  ...originFields,
})

const Attachment = z.strictObject({
  ...attachmentFields,
  bgp: z
    .array(NeighborShape.describe('one BGP neighbour'))
    .max(INTENT_LIMITS.neighborsPerAttachment)
    .describe('the BGP neighbours that are reached over the attachment')
    .exactOptional(),
})

/**
 * All that a router's interconnects should be. The parsed value is the document as it was written,
 * without defaults, so that hub and agent have the same digest of it.
 */
export const intentSchema = z
  .strictObject({
    $schema: z
      .string()
      .max(2048)
      .describe('the JSON Schema that an editor checks the document by; demarc ignores it')
      .exactOptional(),
    schema: z
      .literal(INTENT_SCHEMA, { error: `"${INTENT_SCHEMA}"` })
      .describe('the format of the document'),
    generation: whole(
      1,
      Number.MAX_SAFE_INTEGER,
      'the generation, 1-9007199254740991, above that of every earlier intent of this router',
    ),
    router: Router.describe('the router itself'),
    vrfs: z
      .array(Vrf.describe('one VRF'))
      .max(INTENT_LIMITS.vrfs)
      .describe('the VRFs that demarc creates')
      .exactOptional(),
    connections: z
      .array(Connection.describe('one connection: a port or an LACP bundle'))
      .max(INTENT_LIMITS.connections)
      .describe('the physical connections to a provider'),
    attachments: z
      .array(
        Attachment.describe('one attachment: a VLAN, or the untagged traffic, of a connection'),
      )
      .max(INTENT_LIMITS.attachments)
      .describe('the virtual circuits on the connections'),
  })
  .describe(
    "All that one router's interconnects should be. `demarc validate` checks what the parts mean together.",
  )

/**
 * An intent in the answer of a router, whose demarc may know more keys than this one. It is printed or pushed
 * back as it is, and checked only by the router.
 */
const loose: z.ZodType = z
  .looseObject({
    schema: z.string().describe('the format of the document'),
    generation: z.int().min(1).describe('the generation'),
  })
  .describe('An intent: docs/schemas/intent.schema.json.')
export const IntentReading = loose as z.ZodType<Intent, Intent>

export type Intent = Omit<z.output<typeof intentSchema>, '$schema'>
export type IntentAttachment = z.output<typeof Attachment>
export type IntentConnection = z.output<typeof Connection>
export type IntentPort = IntentConnection['ports'][number]
export type IntentNeighbor = z.output<typeof NeighborShape>
export type IntentFamily = z.output<typeof FamilyShape>
