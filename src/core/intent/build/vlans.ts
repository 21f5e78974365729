import { linkAlias, type VlanDetail, type WantLink } from '../../model/link.js'
import { kernelName, type Ifname } from '../../model/names.js'
import { outerKey, type Site } from '../survey/intent-index.js'
import { outerTag } from '../survey/layout.js'
import { bare, service } from './link.js'

/**
 * The VLAN interfaces of all attachments. An attachment with two tags is a VLAN on the interface of its
 * outer tag: that of the attachment with this tag alone, or one that all with the tag share.
 */
export function buildVlans(sites: readonly Site[]): WantLink[] {
  const outer = new Map<string, WantLink>()
  const single = new Map(
    sites
      .filter(({ attachment }) => attachment.innerVlanId === undefined)
      .map((site) => [outerKey(site), site]),
  )
  const vlans = sites.flatMap((site): WantLink[] => {
    const { interface: name, trunk, attachment } = site
    const parent = trunk?.interface
    if (name === undefined || parent === undefined || attachment.vlanId === null) return []
    const below = tagOf(site, parent, attachment.vlanId)
    if (attachment.innerVlanId === undefined) return [vlanLink(site, name, below)]
    const key = outerKey(site)
    const shared = single.get(key)?.interface
    if (shared === undefined) outer.set(key, outerLink(site, below, outer.get(key)))
    const carrier = shared ?? kernelName(outerTag(parent, attachment.vlanId))
    return [vlanLink(site, name, { kind: 'vlan', parent: carrier, vlanId: attachment.innerVlanId })]
  })
  return [...outer.values(), ...vlans]
}

function tagOf({ attachment: { tpid } }: Site, parent: Ifname, vlanId: number): VlanDetail {
  return { kind: 'vlan', parent, vlanId, ...(tpid === '0x88a8' && { tpid }) }
}

function vlanLink(site: Site, name: Ifname, detail: VlanDetail): WantLink {
  return {
    ...bare(name),
    detail,
    alias: linkAlias('attachment', site.attachment.name),
    mtu: site.mtu,
    ...service(site),
  }
}

/** It has the largest MTU of the attachments on it. */
function outerLink({ mtu }: Site, detail: VlanDetail, before: WantLink | undefined): WantLink {
  const name = kernelName(outerTag(detail.parent, detail.vlanId))
  return {
    ...bare(name),
    detail,
    alias: linkAlias('outer-tag', name),
    mtu: Math.max(mtu, before?.mtu ?? 0),
  }
}
