import type { HaveLink } from '../../model/link.js'
import type { DraftBridge } from './draft.js'
import type { RouterIndex } from './router-index.js'
import type { Trunks } from './trunks.js'

/** A bridge as attachments say it, or why they cannot. */
export type FoundBridge =
  | {
      readonly sayable: true
      readonly bridge: DraftBridge
      /** Octets. */
      readonly mtu: number
      /** The links in it that are attachments; the rest are its members. */
      readonly carriers: ReadonlySet<string>
    }
  | { readonly sayable: false; readonly why: string }

/** The bridges that something which could be an attachment is in. */
export function findBridges(scene: RouterIndex, trunks: Trunks): ReadonlyMap<string, FoundBridge> {
  return new Map(
    scene.links.flatMap((link) => {
      const found = link.detail.kind === 'bridge' ? readBridge(link, scene, trunks) : undefined
      return found === undefined ? [] : [[link.name, found]]
    }),
  )
}

function readBridge(link: HaveLink, scene: RouterIndex, trunks: Trunks): FoundBridge | undefined {
  if (link.detail.kind !== 'bridge') return undefined
  const all = scene.members.get(link.name) ?? []
  const carriers = carriersIn(link, all, scene, trunks)
  if (carriers.length === 0) return undefined
  const members = all.filter((one) => !carriers.includes(one))
  const why = against(link, carriers, members, scene)
  if (why !== undefined) return { sayable: false, why }
  const bridge = {
    name: link.name,
    members: members.map(({ name }) => name),
    stp: link.detail.stp,
  }
  return {
    sayable: true,
    bridge,
    mtu: link.mtu,
    carriers: new Set(carriers.map(({ name }) => name)),
  }
}

/** VLANs and bonds are attachments, a port where it carries more than this or where nothing else does. */
function carriersIn(
  bridge: HaveLink,
  all: readonly HaveLink[],
  scene: RouterIndex,
  { byName }: Trunks,
): readonly HaveLink[] {
  const sure = all.filter((link) => {
    if (link.detail.kind === 'vlan') return byName.has(link.detail.parent)
    const known = scene.known.attachments.has(link.name)
    const carries = link.detail.kind === 'bond' || scene.vlans.has(link.name) || known
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
  if (bridge.master !== null) return `it belongs to ${bridge.master}, which an intent cannot say`
  const down = [bridge, ...carriers, ...members].find(({ up }) => !up)
  if (down !== undefined)
    return `${down.name} is down, and an intent would raise it: raise it first`
  const unmanaged = members.find(({ name }) => !isManaged(name))
  if (unmanaged !== undefined) {
    return `its member ${unmanaged.name} is none that [ports] manage allows: add it there`
  }
  return againstMtu(bridge, carriers)
}

/** A bridge gets the MTU of the narrowest attachment; an untagged one may say less than its link. */
function againstMtu(bridge: HaveLink, carriers: readonly HaveLink[]): string | undefined {
  const narrowest = Math.min(...carriers.map(({ mtu }) => mtu))
  const free = carriers.some(({ detail }) => detail.kind !== 'vlan')
  if (narrowest === bridge.mtu || (free && narrowest > bridge.mtu)) return undefined
  return `it has an MTU of ${bridge.mtu}, and an intent would give it ${narrowest}: give it that`
}
