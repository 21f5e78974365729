import * as z from 'zod'
import { asNumber, type FamilyShape, NeighborShape } from './intent-bgp.js'
import { absent, choice, ipv4Address, whole, wordOf } from './intent-fields.js'
import { MAXIMUM_PATHS } from './intent-defaults.js'
import { INTENT_LIMITS } from './intent-limits.js'
import { attachmentFields, Connection, Vrf } from './intent-link.js'

export const INTENT_SCHEMA = 'demarc/intent/v1'

const Router = z.strictObject({
  id: wordOf('the id of the router the intent is for'),
  role: choice(['customer', 'provider'], 'the end of the interconnect this router is'),
  localAs: asNumber("the router's AS number").exactOptional(),
  routerId: ipv4Address('the BGP identifier (RFC 6286)').exactOptional(),
  maximumPaths: absent(whole(1, 64, 'equal-cost paths, 1-64'), MAXIMUM_PATHS),
})

const Attachment = z.strictObject({
  ...attachmentFields,
  bgp: z.array(NeighborShape).max(INTENT_LIMITS.neighborsPerAttachment).exactOptional(),
})

/**
 * All that a router's interconnects should be. The parsed value is the document as it was written,
 * without defaults, so that hub and agent have the same digest of it.
 */
export const intentSchema = z.strictObject({
  schema: z.literal(INTENT_SCHEMA, { error: `"${INTENT_SCHEMA}"` }),
  generation: whole(1, Number.MAX_SAFE_INTEGER, 'a generation, 1-9007199254740991'),
  router: Router,
  vrfs: z.array(Vrf).max(INTENT_LIMITS.vrfs).exactOptional(),
  connections: z.array(Connection).max(INTENT_LIMITS.connections),
  attachments: z.array(Attachment).max(INTENT_LIMITS.attachments),
})

export type Intent = z.output<typeof intentSchema>
export type IntentAttachment = z.output<typeof Attachment>
export type IntentConnection = z.output<typeof Connection>
export type IntentNeighbor = z.output<typeof NeighborShape>
export type IntentFamily = z.output<typeof FamilyShape>
