import { vlanSlot, type HaveLink, type WantLink } from '../../model/link.js'
import { isOurs } from '../../model/own-link.js'
import { type LinkAction } from './link-index.js'

/** Decides for every existing link of demarc's. A foreign link has no action. */
export function linkActions(
  want: ReadonlyMap<string, WantLink>,
  have: ReadonlyMap<string, HaveLink>,
): ReadonlyMap<string, LinkAction> {
  const actions = new Map<string, LinkAction>()
  const decide = (link: HaveLink): LinkAction => {
    const known = actions.get(link.name)
    if (known !== undefined) return known
    const action = actionFor(link, want.get(link.name), isParentRemoved)
    actions.set(link.name, action)
    return action
  }
  const isParentRemoved = (parent: string): boolean => {
    const link = have.get(parent)
    return link !== undefined && isOurs(link) && decide(link) !== 'keep'
  }
  for (const link of have.values()) if (isOurs(link)) decide(link)
  return actions
}

function actionFor(
  link: HaveLink,
  wanted: WantLink | undefined,
  isParentRemoved: (parent: string) => boolean,
): LinkAction {
  if (wanted === undefined || wanted.alias === null) return 'delete'
  const parent = link.detail.kind === 'vlan' ? link.detail.parent : null
  if (parent !== null && isParentRemoved(parent)) return 'recreate'
  return isSameCreation(link.detail, wanted.detail) ? 'keep' : 'recreate'
}

/** Whether two links agree in what is fixed at creation: the kind, a VLAN's parent and id, a VRF's table. */
export function isSameCreation(current: HaveLink['detail'], wanted: WantLink['detail']): boolean {
  if (current.kind === 'vlan' && wanted.kind === 'vlan') {
    return vlanSlot(current) === vlanSlot(wanted)
  }
  if (current.kind === 'vrf' && wanted.kind === 'vrf') return current.table === wanted.table
  return current.kind === wanted.kind
}
