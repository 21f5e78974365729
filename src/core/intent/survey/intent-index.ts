import { type Cidr, parseCidr } from '../../base/ip.js'
import {
  type Ifname,
  type InterfaceAddress,
  toIfname,
  toInterfaceAddress,
} from '../../model/names.js'
import type {
  Intent,
  IntentAttachment,
  IntentConnection,
  IntentNeighbor,
} from '../../wire/intent.js'
import { MTU } from '../../wire/intent-defaults.js'
import { carrier, service } from './layout.js'

/** An intent with everything looked up once; the checks and the builders work on this. */
export interface IntentIndex {
  readonly intent: Intent
  readonly trunks: readonly Trunk[]
  readonly sites: readonly Site[]
}

/** A connection, its place in the document and its interface. */
export interface Trunk {
  readonly at: string
  readonly connection: IntentConnection
  /** undefined: a name that is none. */
  readonly interface: Ifname | undefined
  /** Explicit, or the largest of its attachments; null when it has none. */
  readonly mtu: number | null
}

/** An attachment, its place in the document, its trunk and interface. */
export interface Site {
  readonly at: string
  readonly attachment: IntentAttachment
  /** undefined: no connection has that name. */
  readonly trunk: Trunk | undefined
  /** As it would be called, fit for the kernel or not. */
  readonly wouldBe: string
  readonly interface: Ifname | undefined
  /** Explicit, else of its connection where it is untagged, else the default. */
  readonly mtu: number
  readonly vrf: Ifname | null
  readonly addresses: readonly OwnAddress[]
}

export interface OwnAddress {
  readonly at: string
  readonly text: InterfaceAddress
  readonly cidr: Cidr
}

/** A neighbour with its place in the document. */
export interface Peering {
  readonly at: string
  readonly site: Site
  readonly neighbor: IntentNeighbor
}

/**
 * Every connection and attachment with its place in the document. An MTU (octets) that is not said is
 * the largest on the connection.
 */
export function indexIntent(intent: Intent): IntentIndex {
  const largest = new Map<string, number>()
  for (const { connection, mtu = MTU } of intent.attachments) {
    largest.set(connection, Math.max(mtu, largest.get(connection) ?? 0))
  }
  const trunks = intent.connections.map((connection, i) => ({
    at: `connections[${i}]`,
    connection,
    interface: toIfname(carrier(connection)),
    mtu: connection.mtu ?? largest.get(connection.name) ?? null,
  }))
  const byName = new Map<string, Trunk>(trunks.map((trunk) => [trunk.connection.name, trunk]))
  const sites = intent.attachments.map((one, i) => site(one, i, byName.get(one.connection)))
  return { intent, trunks, sites }
}

function site(attachment: IntentAttachment, index: number, trunk: Trunk | undefined): Site {
  const at = `attachments[${index}]`
  const wouldBe = trunk === undefined ? '' : service(attachment, carrier(trunk.connection))
  return {
    at,
    attachment,
    trunk,
    wouldBe,
    interface: toIfname(wouldBe),
    mtu: attachment.mtu ?? (attachment.vlanId === null ? trunk?.mtu : null) ?? MTU,
    vrf: attachment.l3?.vrf ?? null,
    addresses: (attachment.l3?.addresses ?? []).flatMap((written, i) => {
      const cidr = parseCidr(written)
      const text = toInterfaceAddress(written)
      if (cidr === undefined || text === undefined) return []
      return [{ at: `${at}.l3.addresses[${i}]`, text, cidr }]
    }),
  }
}

/** All neighbours of these attachments, in the order of the document. */
export function peerings(sites: readonly Site[]): Peering[] {
  return sites.flatMap((one) =>
    (one.attachment.bgp ?? []).map((neighbor, i) => ({
      at: `${one.at}.bgp[${i}]`,
      site: one,
      neighbor,
    })),
  )
}
