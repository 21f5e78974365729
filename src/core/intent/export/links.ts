import { isOurs } from '../../model/own-link.js'
import { carrier, service } from '../survey/layout.js'
import type { HaveLink } from '../../model/link.js'
import type { LeftOut } from '../../model/found.js'
import { findBridges, type FoundBridge } from './bridges.js'
import {
  subjects,
  without,
  type DraftAttachment,
  type DraftConnection,
  type Drafted,
  type DraftVrf,
} from './draft.js'
import { addressesOf, namer, type RouterIndex } from './router-index.js'
import { findTrunks, type TrunkLink, type Trunks } from './trunks.js'

/** What reading the links goes by. */
interface Reading {
  readonly scene: RouterIndex
  readonly trunks: Trunks
  readonly bridges: ReadonlyMap<string, FoundBridge>
  readonly nameOf: Readonly<Record<'connection' | 'attachment', (link: HaveLink) => string>>
}

/** A trunk and what is on it. */
interface Loaded {
  readonly connection: DraftConnection
  readonly attachments: readonly Served[]
}

/** An attachment and the link it is. */
interface Served {
  readonly link: HaveLink
  readonly attachment: DraftAttachment
}

/** The connections, attachments and VRFs that say what is there, and what no intent can say. */
export function draftLinks(scene: RouterIndex): Drafted {
  const trunks = findTrunks(scene)
  const bridges = findBridges(scene, trunks)
  const nameOf = {
    connection: namer('connection', scene),
    attachment: namer('attachment', scene),
  }
  const reading = { scene, trunks, bridges, nameOf }
  const left: LeftOut[] = [
    ...trunks.left,
    ...[...bridges].flatMap(([at, found]) => (found.sayable ? [] : [{ at, why: found.why }])),
  ]
  const loaded = [...trunks.byName.values()].flatMap((trunk) => load(trunk, reading, left))
  left.push(...strayVlans(reading, loaded, left))
  const served = loaded.flatMap(({ attachments }) => attachments)
  const vrfs = usedVrfs(scene, served)
  const drafted = {
    draft: {
      vrfs,
      connections: loaded.map(({ connection }) => connection),
      attachments: served.map(({ attachment }) => attachment),
    },
    left,
  }
  return without(
    drafted,
    new Map([...unsayableVrfs(reading, vrfs, served), ...brokenBridges(reading, served)]),
  )
}

function load(trunk: TrunkLink, reading: Reading, left: LeftOut[]): readonly Loaded[] {
  const { link, ports } = trunk
  const refusal = againstUntagged(link, reading)
  if (refusal !== undefined) {
    left.push({ at: link.name, why: refusal })
    return []
  }
  const connection = connectionOf(trunk, reading.nameOf.connection(link))
  const vlans = reading.scene.vlans.get(link.name) ?? []
  const attachments = [
    ...(isServed(link, reading) ? [untagged(link, connection, reading)] : []),
    ...vlans.flatMap((vlan) => {
      const why = againstVlan(vlan, reading)
      if (why === undefined) return [tagged(vlan, connection, reading)]
      left.push({ at: vlan.name, why })
      return []
    }),
  ]
  const stands = connection.bond !== null || ports.some(({ name }) => reading.scene.ports.has(name))
  return attachments.length > 0 || stands ? [{ connection, attachments }] : []
}

function bridgeOf({ master }: HaveLink, { bridges }: Reading): FoundBridge | undefined {
  return bridges.get(master ?? '')
}

/** An intent that leaves out its own service would take the link out of its bridge. */
function againstUntagged(link: HaveLink, reading: Reading): string | undefined {
  const found = bridgeOf(link, reading)
  return found?.sayable === false ? `it is in ${link.master}, which is left out` : undefined
}

/** Whether the link itself is an attachment: it has addresses, or carries for a bridge. */
function isServed(link: HaveLink, reading: Reading): boolean {
  const found = bridgeOf(link, reading)
  return found === undefined
    ? addressesOf(link).length > 0
    : found.sayable && found.carriers.has(link.name)
}

function againstVlan(link: HaveLink, reading: Reading): string | undefined {
  const { byName } = reading.scene
  if (!link.up) return 'it is down, and an intent would raise it: raise it first'
  const found = bridgeOf(link, reading)
  if (found?.sayable === false) return `it is in ${link.master}, which is left out`
  if (found !== undefined) return undefined
  const kind = byName.get(link.master ?? '')?.detail.kind
  if (link.master !== null && kind !== 'vrf') {
    return `it belongs to ${link.master}, which is neither bridge nor VRF`
  }
  return addressesOf(link).length > 0
    ? undefined
    : 'it has no address and is in no bridge: an intent has nothing to say of it'
}

function connectionOf({ link, ports }: TrunkLink, name: string): DraftConnection {
  const bond = link.detail.kind === 'bond' ? link.detail.options : null
  const plain = { name, mtu: link.mtu, ports: ports.map((port) => ({ name: port.name })), bond }
  const usual = carrier({ name, ports, ...(bond === null ? {} : { aggregation: bond }) })
  return usual === link.name ? plain : { ...plain, interface: link.name }
}

function untagged(link: HaveLink, connection: DraftConnection, reading: Reading): Served {
  const attachment = serviceOn(link, connection, reading)
  const found = bridgeOf(link, reading)
  const mtu = found?.sayable === true ? Math.min(found.mtu, link.mtu) : link.mtu
  return { link, attachment: { ...attachment, vlanId: null, mtu } }
}

function tagged(link: HaveLink, connection: DraftConnection, reading: Reading): Served {
  const { detail } = link
  const [parent, vlanId] =
    detail.kind === 'vlan' ? ([detail.parent, detail.vlanId] as const) : (['', null] as const)
  const plain = { ...serviceOn(link, connection, reading), vlanId }
  const usual = service({ vlanId }, parent)
  const attachment = usual === link.name ? plain : { ...plain, interface: link.name }
  return { link, attachment }
}

function serviceOn(
  link: HaveLink,
  connection: DraftConnection,
  reading: Reading,
): Omit<DraftAttachment, 'vlanId'> {
  const found = bridgeOf(link, reading)
  const bridge = found?.sayable === true ? found.bridge : null
  return {
    name: reading.nameOf.attachment(link),
    connection: connection.name,
    mtu: link.mtu,
    vrf: bridge === null ? link.master : null,
    addresses: bridge === null ? addressesOf(link) : [],
    bridge,
    neighbors: [],
  }
}

/** VLANs of a managed link that is no connection, without those that have another reason. */
function strayVlans(
  { scene }: Reading,
  loaded: readonly Loaded[],
  left: readonly LeftOut[],
): readonly LeftOut[] {
  const seen = new Set(left.map(({ at }) => at))
  const carriers = new Set(loaded.map(({ connection }) => carrierOf(connection)))
  return [...scene.vlans].flatMap(([parent, vlans]) => {
    const links = [parent, ...(scene.members.get(parent) ?? []).map(({ name }) => name)]
    if (carriers.has(parent) || !links.some(scene.isManaged)) return []
    const why = `it is on ${parent}, which is no connection`
    return vlans.filter(({ name }) => !seen.has(name)).map(({ name }) => ({ at: name, why }))
  })
}

function carrierOf({ bond, ...connection }: DraftConnection): string {
  return carrier(bond === null ? connection : { ...connection, aggregation: bond })
}

/** Those that attachments are in, and demarc's own: what an intent leaves out of these is deleted. */
function usedVrfs({ links }: RouterIndex, served: readonly Served[]): readonly DraftVrf[] {
  const used = new Set(served.map(({ attachment }) => attachment.vrf))
  return links.flatMap((link) => {
    const { detail, name } = link
    if (detail.kind !== 'vrf' || (!used.has(name) && !isOurs(link))) return []
    return [{ name, table: detail.table }]
  })
}

/** Taking a VRF over must not take a link out of it: one without an address would have no say. */
function unsayableVrfs(
  { scene }: Reading,
  vrfs: readonly DraftVrf[],
  served: readonly Served[],
): readonly (readonly [string, string])[] {
  const exported = new Set(served.map(({ link }) => link.name))
  return vrfs.flatMap(({ name }) => {
    const members = scene.members.get(name) ?? []
    const bare = members.find((one) => !exported.has(one.name) && addressesOf(one).length === 0)
    const subject = subjects.vrf(name)
    if (scene.byName.get(name)?.up !== true) {
      return [[subject, 'it is down, and an intent would raise it: raise it first'] as const]
    }
    if (bare === undefined) return []
    const why = `${bare.name} in it has no address, and an intent would take it out: do that first, or give it one`
    return [[subject, why] as const]
  })
}

/** A bridge is said by all of its attachments or not at all. */
function brokenBridges(
  { bridges }: Reading,
  served: readonly Served[],
): readonly (readonly [string, string])[] {
  const exported = new Set(served.map(({ link }) => link.name))
  return served.flatMap(({ attachment }) => {
    const found = bridges.get(attachment.bridge?.name ?? '')
    if (found?.sayable !== true) return []
    const missing = [...found.carriers].find((name) => !exported.has(name))
    if (missing === undefined) return []
    const why = `${missing}, which is in ${found.bridge.name} as well, is left out`
    return [[subjects.attachment(attachment.name), why] as const]
  })
}
