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
import { MTU } from '../../model/intent-defaults.js'
import { carrier, service } from './layout.js'

/** An intent with everything looked up; the checks and the builders work on it. */
export interface IntentIndex {
  readonly intent: Intent
  readonly trunks: readonly Trunk[]
  readonly sites: readonly Site[]
}

/** A connection, its place in the document and its interface. */
export interface Trunk {
  readonly at: string
  readonly connection: IntentConnection
  /** undefined: its name is not valid for an interface. */
  readonly interface: Ifname | undefined
  /** Octets: stated, else the largest of its attachments; null: it has none. */
  readonly mtu: number | null
}

/** An attachment, its place in the document, its trunk and interface. */
export interface Site {
  readonly at: string
  readonly attachment: IntentAttachment
  /** undefined: there is no connection of that name. */
  readonly trunk: Trunk | undefined
  /** The name of its interface, whether the kernel accepts it or not. */
  readonly wouldBe: string
  readonly interface: Ifname | undefined
  /** Octets: stated, else that of its connection where it is untagged, else the default. */
  readonly mtu: number
  readonly vrf: Ifname | null
  readonly addresses: readonly OwnAddress[]
}

/** One of the router's own addresses, with its place in the document. */
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
 * Indexes every connection and attachment with its place in the document. A connection without an MTU
 * gets the largest of its attachments.
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
  const sites = intent.attachments.map((attachment, i) =>
    indexSite(attachment, i, byName.get(attachment.connection)),
  )
  return { intent, trunks, sites }
}

function indexSite(attachment: IntentAttachment, index: number, trunk: Trunk | undefined): Site {
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

/** Attachments with the same key have the same outer tag. */
export function outerKey({ attachment: { connection, vlanId } }: Site): string {
  return `${connection} ${vlanId}`
}

/** All neighbours of these attachments, in the order of the document. */
export function peerings(sites: readonly Site[]): Peering[] {
  return sites.flatMap((site) =>
    (site.attachment.bgp ?? []).map((neighbor, i) => ({
      at: `${site.at}.bgp[${i}]`,
      site,
      neighbor,
    })),
  )
}
