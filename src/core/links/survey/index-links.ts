import { groupBy } from '../../base/group-by.js'
import type { HaveLink, LinkSysctl, WantLink } from '../../model/link.js'
import { linkActions } from './link-actions.js'
import { parentOf, type LinkIndex } from './link-index.js'

/** Indexes both sides and decides what happens to each link of demarc's. */
export function indexLinks(
  wantLinks: readonly WantLink[],
  haveLinks: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  last: ReadonlySet<string>,
): LinkIndex {
  const want = new Map(wantLinks.map((link) => [link.name, link]))
  const have = new Map(haveLinks.map((link) => [link.name, link]))
  return {
    want,
    have,
    sysctlDefaults,
    last,
    vlans: groupBy(haveLinks, (link) => parentOf(link) ?? undefined),
    members: groupBy(haveLinks, (link) => link.master ?? undefined),
    actions: linkActions(want, have),
  }
}
