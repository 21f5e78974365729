import type { HaveLink } from '../../model/link.js'
import { isOurs } from '../../model/own-link.js'
import type { DraftBridge } from './draft.js'
import { trunkOf, type RouterIndex } from './router-index.js'
import type { Trunks } from './trunks.js'

/** A bridge as attachments describe it, or why they cannot. */
export type FoundBridge =
  | {
      readonly expressible: true
      readonly bridge: DraftBridge
      /** Octets. */
      readonly mtu: number
      /** The links in it that are attachments; the others are its members. */
      readonly carriers: ReadonlySet<string>
    }
  | { readonly expressible: false; readonly why: string }

/** The bridges that have a link in them that could be an attachment. */
export function findBridges(router: RouterIndex, trunks: Trunks): ReadonlyMap<string, FoundBridge> {
  return new Map(
    router.links.flatMap((link) => {
      const found = link.detail.kind === 'bridge' ? readBridge(link, router, trunks) : undefined
      return found === undefined ? [] : [[link.name, found]]
    }),
  )
}

function readBridge(link: HaveLink, router: RouterIndex, trunks: Trunks): FoundBridge | undefined {
  if (link.detail.kind !== 'bridge') return undefined
  const all = router.members.get(link.name) ?? []
  const carriers = carriersIn(link, all, router, trunks)
  if (carriers.length === 0) return undefined
  const members = all.filter((member) => !carriers.includes(member))
  const why = against(link, carriers, members, router)
  if (why !== undefined) return { expressible: false, why }
  const bridge = {
    name: link.name,
    members: members.map(({ name }) => name),
    stp: link.detail.stp,
  }
  return {
    expressible: true,
    bridge,
    mtu: link.mtu,
    carriers: new Set(carriers.map(({ name }) => name)),
  }
}

/** VLANs and bonds are attachments. A port is one if it carries VLANs too, or if nothing else is one. */
function carriersIn(
  bridge: HaveLink,
  all: readonly HaveLink[],
  router: RouterIndex,
  { byName }: Trunks,
): readonly HaveLink[] {
  const sure = all.filter((link) => {
    if (link.detail.kind === 'vlan') return byName.has(trunkOf(link, router) ?? '')
    const known = router.known.attachments.has(link.name)
    const carries = link.detail.kind === 'bond' || router.vlans.has(link.name) || known
    return byName.has(link.name) && carries
  })
  if (sure.length > 0) return sure
  const ports = all.filter(({ name }) => byName.has(name))
  const first = ports.find(({ mtu }) => mtu >= bridge.mtu) ?? ports[0]
  return first === undefined ? [] : [first]
}

function against(
  bridge: HaveLink,
  carriers: readonly HaveLink[],
  members: readonly HaveLink[],
  { isManaged }: RouterIndex,
): string | undefined {
  if (bridge.master !== null)
    return `it belongs to ${bridge.master}, which an intent cannot describe`
  const down = [bridge, ...carriers, ...members].find(({ up }) => !up)
  if (down !== undefined)
    return `${down.name} is down, and applying an intent would set it up: set it up first`
  const unmanaged = members.find(({ name }) => !isManaged(name))
  if (unmanaged !== undefined) {
    return `its member ${unmanaged.name} is not a port that [ports] manage allows: add it there`
  }
  return againstSettings(bridge, [...carriers, ...members]) ?? againstMtu(bridge, carriers)
}

/**
 * A bridge of an intent has the kernel's defaults; one of demarc's gets them again at the next look. Spanning
 * tree and the carrier set the state of a port.
 */
function againstSettings(bridge: HaveLink, ports: readonly HaveLink[]): string | undefined {
  if (isOurs(bridge)) return undefined
  const settings = bridge.detail.kind === 'bridge' ? (bridge.detail.settings ?? {}) : {}
  const ofPorts = ports.map(({ name, bridgePort = {} }) => {
    const { state: _state, ...rest } = bridgePort
    return { name, values: rest }
  })
  const found = [{ name: bridge.name, values: settings }, ...ofPorts].flatMap(({ name, values }) =>
    Object.entries(values).map(([key, value]) => `${key} ${value} of ${name}`),
  )
  if (found.length === 0) return undefined
  return `an intent cannot describe ${found.join(', ')}, and applying one would set the kernel's defaults: set them first`
}

/** A bridge gets the smallest MTU of its attachments; an untagged one may have less than its link. */
function againstMtu(bridge: HaveLink, carriers: readonly HaveLink[]): string | undefined {
  const smallest = Math.min(...carriers.map(({ mtu }) => mtu))
  const free = carriers.some(({ detail }) => detail.kind !== 'vlan')
  if (smallest === bridge.mtu || (free && smallest > bridge.mtu)) return undefined
  return `it has an MTU of ${bridge.mtu}, which an intent cannot describe: give it ${smallest}, the smallest of its attachments`
}
