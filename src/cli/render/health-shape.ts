import * as z from 'zod'
import { SEVERITIES } from '../../core/model/health.js'

/**
 * What the tables read of a health document (`docs/health.md`); everything else in it is passed
 * over, so that a newer agent can be looked at with an older command.
 */
const Verdict = {
  severity: z.enum(SEVERITIES).optional(),
  lifecycle: z.string().optional(),
  since: z.string().optional(),
  findings: z
    .record(z.string(), z.looseObject({ severity: z.string(), message: z.string() }))
    .default({}),
}

const Diagnostics = z.looseObject({
  temperature: z.number().optional(),
  supplyVoltage: z.number().optional(),
  laserBiasCurrent: z.number().optional(),
  outputPower: z.number().optional(),
  inputPower: z.number().optional(),
  rxLos: z.boolean().default(false),
})

const Transceiver = z.looseObject({
  present: z.boolean(),
  unreadable: z.string().optional(),
  vendor: z.string().optional(),
  vendorPart: z.string().optional(),
  serialNo: z.string().optional(),
  ethernetPmd: z.string().optional(),
  diagnostics: Diagnostics.optional(),
})

const Port = z.looseObject({
  ...Verdict,
  present: z.boolean(),
  adminStatus: z.string(),
  operStatus: z.string(),
  speed: z.number().optional(),
  transceiver: Transceiver,
})

const Connection = z.looseObject({
  ...Verdict,
  interface: z.string(),
  ports: z.array(z.string()).default([]),
  operStatus: z.string(),
  lacp: z
    .looseObject({
      minLinks: z.number(),
      partnerId: z.string(),
      members: z.record(z.string(), z.looseObject({ inAggregate: z.boolean() })),
    })
    .optional(),
})

const Attachment = z.looseObject({
  ...Verdict,
  connection: z.string(),
  interface: z.string(),
  vlanId: z.number().optional(),
  operStatus: z.string(),
  mtu: z.number().optional(),
  addresses: z.array(z.string()).default([]),
  bridge: z.string().optional(),
})

const Prefixes = z.looseObject({
  received: z.number(),
  sent: z.number(),
  limit: z.number().optional(),
})

const Neighbor = z.looseObject({
  ...Verdict,
  attachment: z.string(),
  neighborAddress: z.string(),
  vrf: z.string().optional(),
  peerAs: z.number(),
  sessionState: z.string(),
  lastEstablished: z.string().optional(),
  lastError: z.string().optional(),
  bfd: z.looseObject({ sessionState: z.string() }).optional(),
  prefixes: z.record(z.string(), Prefixes).default({}),
})

const Router = z.looseObject({
  ...Verdict,
  hostname: z.string(),
  os: z.string(),
  frr: z.looseObject({ reachable: z.boolean(), version: z.string().optional() }),
})

export const HealthShape = z.looseObject({
  router: Router,
  ports: z.record(z.string(), Port),
  connections: z.record(z.string(), Connection),
  attachments: z.record(z.string(), Attachment),
  neighbors: z.record(z.string(), Neighbor),
})

export type Health = z.output<typeof HealthShape>
export type Judged = Pick<Health['router'], 'severity' | 'lifecycle' | 'since' | 'findings'>
