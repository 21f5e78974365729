import { chosenMac, isOurs } from '../../model/own-link.js'
import { carrier, service } from '../survey/layout.js'
import type { HaveLink } from '../../model/link.js'
import { SPEEDS } from '../../model/intent-defaults.js'
import type { NotExported } from '../../model/exported.js'
import { findBridges, type FoundBridge } from './bridges.js'
import {
  subjects,
  without,
  type DraftAttachment,
  type DraftConnection,
  type DraftPort,
  type Drafted,
  type DraftVrf,
} from './draft.js'
import { addressesOf, namer, trunkOf, type RouterIndex } from './router-index.js'
import { againstInner, againstOuter, tagsOf } from './tags.js'
import { findTrunks, type TrunkLink, type Trunks } from './trunks.js'

/** What all links are read with. */
interface Reading {
  readonly router: RouterIndex
  readonly trunks: Trunks
  readonly bridges: ReadonlyMap<string, FoundBridge>
  readonly nameOf: Readonly<Record<'connection' | 'attachment', (link: HaveLink) => string>>
}

/** The connection that a trunk is, and its attachments. */
interface LoadedTrunk {
  readonly connection: DraftConnection
  readonly attachments: readonly AttachedLink[]
}

/** An attachment, and the link that carries it. */
interface AttachedLink {
  readonly link: HaveLink
  readonly attachment: DraftAttachment
}

/** The connections, attachments and VRFs that describe the links, and the links that have none. */
export function draftLinks(router: RouterIndex): Drafted {
  const trunks = findTrunks(router)
  const bridges = findBridges(router, trunks)
  const nameOf = {
    connection: namer('connection', router),
    attachment: namer('attachment', router),
  }
  const reading = { router, trunks, bridges, nameOf }
  const notExported: NotExported[] = [
    ...trunks.notExported,
    ...[...bridges].flatMap(([at, found]) => (found.expressible ? [] : [{ at, why: found.why }])),
  ]
  const loaded = [...trunks.byName.values()].flatMap((trunk) => load(trunk, reading, notExported))
  notExported.push(...strayVlans(reading, loaded, notExported))
  const attached = loaded.flatMap(({ attachments }) => attachments)
  const vrfs = usedVrfs(router, attached)
  const drafted = {
    draft: {
      vrfs,
      connections: loaded.map(({ connection }) => connection),
      attachments: attached.map(({ attachment }) => attachment),
    },
    notExported,
  }
  return without(
    drafted,
    new Map([...inexpressibleVrfs(reading, vrfs, attached), ...brokenBridges(reading, attached)]),
  )
}

/** Adds to `notExported` what of the trunk has no place in an intent. */
function load(
  trunk: TrunkLink,
  reading: Reading,
  notExported: NotExported[],
): readonly LoadedTrunk[] {
  const { link, ports } = trunk
  const refusal = againstUntagged(link, reading)
  if (refusal !== undefined) {
    notExported.push({ at: link.name, why: refusal })
    return []
  }
  const connection = connectionOf(trunk, reading.nameOf.connection(link), reading.router)
  const vlans = reading.router.vlans.get(link.name) ?? []
  const attachments = [
    ...(isAttachment(link, reading) ? [untagged(link, connection, reading)] : []),
    ...vlans.flatMap((vlan) => taggedOn(vlan, connection, reading, notExported)),
  ]
  // A bond is worth a connection, and so is a port that already is one.
  const isConnection =
    connection.bond !== null || ports.some(({ name }) => reading.router.ports.has(name))
  return attachments.length > 0 || isConnection ? [{ connection, attachments }] : []
}

/** The attachments that a VLAN and the VLANs on it are; each that is none gets its reason. */
function taggedOn(
  vlan: HaveLink,
  connection: DraftConnection,
  reading: Reading,
  notExported: NotExported[],
): readonly AttachedLink[] {
  const inner = reading.router.vlans.get(vlan.name) ?? []
  const whyNot = againstVlan(vlan, reading)
  const outer = isOuterOnly(vlan, inner, reading) ? [] : [{ link: vlan, why: whyNot }]
  const isAttached = outer.length > 0 && whyNot === undefined
  const against = againstOuter(vlan, inner, isAttached)
  const found = [
    ...outer,
    ...inner.map((link) => ({
      link,
      why: againstInner(link) ?? against ?? againstVlan(link, reading),
    })),
  ]
  notExported.push(
    ...found.flatMap(({ link, why }) => (why === undefined ? [] : [{ at: link.name, why }])),
  )
  return found
    .filter(({ why }) => why === undefined)
    .map(({ link }) => tagged(link, connection, reading))
}

/** A VLAN that only carries others is the outer tag of each of them. */
function isOuterOnly(vlan: HaveLink, inner: readonly HaveLink[], reading: Reading): boolean {
  return inner.length > 0 && vlan.master === null && !isAttachment(vlan, reading)
}

function bridgeOf({ master }: HaveLink, { bridges }: Reading): FoundBridge | undefined {
  return bridges.get(master ?? '')
}

/** Without its untagged attachment, applying the intent would remove the link from its bridge. */
function againstUntagged(link: HaveLink, reading: Reading): string | undefined {
  const found = bridgeOf(link, reading)
  return found?.expressible === false ? `it is in ${link.master}, which is not exported` : undefined
}

/** Whether the link itself is an untagged attachment: it has addresses, or connects a bridge. */
function isAttachment(link: HaveLink, reading: Reading): boolean {
  const found = bridgeOf(link, reading)
  return found === undefined
    ? addressesOf(link).length > 0
    : found.expressible && found.carriers.has(link.name)
}

function againstVlan(link: HaveLink, reading: Reading): string | undefined {
  const { byName } = reading.router
  if (!link.up) return 'it is down, and applying an intent would set it up: set it up first'
  const found = bridgeOf(link, reading)
  if (found?.expressible === false) return `it is in ${link.master}, which is not exported`
  if (found !== undefined) return undefined
  const kind = byName.get(link.master ?? '')?.detail.kind
  if (link.master !== null && kind !== 'vrf') {
    return `it belongs to ${link.master}, which is neither bridge nor VRF`
  }
  return addressesOf(link).length > 0
    ? undefined
    : 'it has no address and is in no bridge, so an intent cannot describe it'
}

function connectionOf(
  { link, ports }: TrunkLink,
  name: string,
  { links }: RouterIndex,
): DraftConnection {
  const mac = chosenMac(link, links)
  const bond = link.detail.kind === 'bond' ? link.detail.options : null
  const plain = {
    name,
    mtu: link.mtu,
    ports: ports.map(portOf),
    bond,
    ...(mac !== undefined && { mac }),
  }
  const usual = carrier({ name, ports, ...(bond === null ? {} : { aggregation: bond }) })
  return usual === link.name ? plain : { ...plain, interface: link.name }
}

const DUPLEX = { full: 'FULL', half: 'HALF', unknown: undefined } as const

/** A port with its link modes where somebody has switched off an auto-negotiation that it can do. */
function portOf({ name, modes }: HaveLink): DraftPort {
  if (modes?.canAutoNegotiate !== true || modes.autoNegotiate !== false) return { name }
  const duplex = DUPLEX[modes.duplex]
  const isKnown = SPEEDS.some((speed) => speed === modes.speed)
  return {
    name,
    autoNegotiate: false,
    ...(isKnown && modes.speed !== null && { speed: modes.speed, ...(duplex && { duplex }) }),
  }
}

function untagged(link: HaveLink, connection: DraftConnection, reading: Reading): AttachedLink {
  const attachment = serviceOn(link, connection, reading)
  const found = bridgeOf(link, reading)
  const mtu = found?.expressible === true ? Math.min(found.mtu, link.mtu) : link.mtu
  return { link, attachment: { ...attachment, vlanId: null, mtu } }
}

function tagged(link: HaveLink, connection: DraftConnection, reading: Reading): AttachedLink {
  const { detail } = link
  const tags = detail.kind === 'vlan' ? tagsOf(detail, reading.router) : { vlanId: null }
  const plain = { ...serviceOn(link, connection, reading), ...tags }
  const usual = service(tags, trunkOf(link, reading.router) ?? '')
  const attachment = usual === link.name ? plain : { ...plain, interface: link.name }
  return { link, attachment }
}

function serviceOn(
  link: HaveLink,
  connection: DraftConnection,
  reading: Reading,
): Omit<DraftAttachment, 'vlanId'> {
  const found = bridgeOf(link, reading)
  const bridge = found?.expressible === true ? found.bridge : null
  return {
    name: reading.nameOf.attachment(link),
    connection: connection.name,
    mtu: link.mtu,
    vrf: bridge === null ? link.master : null,
    addresses: bridge === null ? addressesOf(link) : [],
    bridge,
    protection: reading.router.protections.get(link.name),
    neighbors: [],
  }
}

/** VLANs of a managed link that is no connection, without those that already have a reason. */
function strayVlans(
  { router }: Reading,
  loaded: readonly LoadedTrunk[],
  notExported: readonly NotExported[],
): readonly NotExported[] {
  const seen = new Set(notExported.map(({ at }) => at))
  const carriers = new Set(loaded.map(({ connection }) => carrierOf(connection)))
  const isCarried = (name: string) => {
    const detail = router.byName.get(name)?.detail
    return carriers.has(name) || (detail?.kind === 'vlan' && carriers.has(detail.parent))
  }
  return [...router.vlans].flatMap(([parent, vlans]) => {
    const link = router.byName.get(parent)
    const below = link === undefined ? undefined : trunkOf(link, router)
    const links = [
      parent,
      ...(below === undefined ? [] : [below]),
      ...(router.members.get(parent) ?? []).map(({ name }) => name),
    ]
    if (isCarried(parent) || !links.some(router.isManaged)) return []
    const why = `it is on ${parent}, which is no connection`
    return vlans.filter(({ name }) => !seen.has(name)).map(({ name }) => ({ at: name, why }))
  })
}

function carrierOf({ bond, ...connection }: DraftConnection): string {
  return carrier(bond === null ? connection : { ...connection, aggregation: bond })
}

/** The VRFs that attachments are in, and those that demarc owns: applying would delete the latter. */
function usedVrfs({ links }: RouterIndex, attached: readonly AttachedLink[]): readonly DraftVrf[] {
  const used = new Set(attached.map(({ attachment }) => attachment.vrf))
  return links.flatMap((link) => {
    const { detail, name } = link
    if (detail.kind !== 'vrf' || (!used.has(name) && !isOurs(link))) return []
    return [{ name, table: detail.table }]
  })
}

/** Taking a VRF over must not remove a link from it, so every link in it needs an attachment. */
function inexpressibleVrfs(
  { router }: Reading,
  vrfs: readonly DraftVrf[],
  attached: readonly AttachedLink[],
): readonly (readonly [string, string])[] {
  const exported = new Set(attached.map(({ link }) => link.name))
  return vrfs.flatMap(({ name }) => {
    const members = router.members.get(name) ?? []
    const bare = members.find((link) => !exported.has(link.name) && addressesOf(link).length === 0)
    const subject = subjects.vrf(name)
    if (router.byName.get(name)?.up !== true) {
      return [
        [subject, 'it is down, and applying an intent would set it up: set it up first'] as const,
      ]
    }
    if (bare === undefined) return []
    const why = `${bare.name} in it has no address, and applying an intent would remove it: remove it first, or give it an address`
    return [[subject, why] as const]
  })
}

/** A bridge is exported with all of its attachments or not at all. */
function brokenBridges(
  { bridges }: Reading,
  attached: readonly AttachedLink[],
): readonly (readonly [string, string])[] {
  const exported = new Set(attached.map(({ link }) => link.name))
  return attached.flatMap(({ attachment }) => {
    const found = bridges.get(attachment.bridge?.name ?? '')
    if (found?.expressible !== true) return []
    const missing = [...found.carriers].find((name) => !exported.has(name))
    if (missing === undefined) return []
    const why = `${missing}, which is in ${found.bridge.name} too, is not exported`
    return [[subjects.attachment(attachment.name), why] as const]
  })
}
