import { groupBy } from '../../base/group-by.js'
import type { HaveLink, LinkSysctl, WantLink } from '../../model/link.js'
import { linkActions } from './link-actions.js'
import { parentOf, type LinkIndex } from './link-index.js'

/** Indexes both sides and decides the fate of what is ours. */
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
    stacked: groupBy(haveLinks, (link) => parentOf(link) ?? undefined),
    members: groupBy(haveLinks, (link) => link.master ?? undefined),
    fates: linkActions(want, have),
  }
}
