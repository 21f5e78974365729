import type { HaveLink, WantLink } from '../model/link.js'
import { isOurs } from './landscape.js'

/** 'recreate': something that can only be said at creation changes, here or below. */
export type Fate = 'keep' | 'delete' | 'recreate'

/** Decides for every link of ours that exists; foreign links have no fate. */
export function fatesOf(
  want: ReadonlyMap<string, WantLink>,
  have: ReadonlyMap<string, HaveLink>,
): Map<string, Fate> {
  const fates = new Map<string, Fate>()
  const decide = (link: HaveLink): Fate => {
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
): Fate {
  if (wanted === undefined || wanted.alias === null) return 'delete'
  const [is, should] = [link.detail, wanted.detail]
  if (is.kind === 'vlan' && should.kind === 'vlan') {
    const same = is.parent === should.parent && is.vlanId === should.vlanId
    return same && !parentGoes(is.parent) ? 'keep' : 'recreate'
  }
  if (is.kind === 'vrf' && should.kind === 'vrf') {
    return is.table === should.table ? 'keep' : 'recreate'
  }
  return is.kind === should.kind ? 'keep' : 'recreate'
}
