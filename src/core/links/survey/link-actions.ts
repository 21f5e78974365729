import type { HaveLink, WantLink } from '../../model/link.js'
import { isOurs } from '../../model/own-link.js'
import { type LinkAction } from './link-index.js'

/** Decides for every link of ours that exists; foreign links have no fate. */
export function linkActions(
  want: ReadonlyMap<string, WantLink>,
  have: ReadonlyMap<string, HaveLink>,
): Map<string, LinkAction> {
  const fates = new Map<string, LinkAction>()
  const decide = (link: HaveLink): LinkAction => {
    const known = fates.get(link.name)
    if (known !== undefined) return known
    const fate = fateOf(link, want.get(link.name), parentGoes)
    fates.set(link.name, fate)
    return fate
  }
  const parentGoes = (parent: string): boolean => {
    const link = have.get(parent)
    return link !== undefined && isOurs(link) && decide(link) !== 'keep'
  }
  for (const link of have.values()) if (isOurs(link)) decide(link)
  return fates
}

function fateOf(
  link: HaveLink,
  wanted: WantLink | undefined,
  parentGoes: (parent: string) => boolean,
): LinkAction {
  if (wanted === undefined || wanted.alias === null) return 'delete'
  const [is, should] = [link.detail, wanted.detail]
  const parent = is.kind === 'vlan' ? is.parent : null
  if (parent !== null && parentGoes(parent)) return 'recreate'
  return isSameCreation(is, should) ? 'keep' : 'recreate'
}

/** Kind, and of each kind what a message to an existing link cannot change. */
export function isSameCreation(is: HaveLink['detail'], should: WantLink['detail']): boolean {
  if (is.kind === 'vlan' && should.kind === 'vlan') {
    return is.parent === should.parent && is.vlanId === should.vlanId
  }
  if (is.kind === 'vrf' && should.kind === 'vrf') return is.table === should.table
  return is.kind === should.kind
}
