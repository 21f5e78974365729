import { groupBy } from '../../base/group-by.js'
import type { HaveLink, LinkSysctl, WantLink } from '../../model/link.js'
import { fatesOf } from './fate.js'
import { parentOf, type Landscape } from './landscape.js'

/** Indexes both sides and decides the fate of what is ours. */
export function surveyLinks(
  wantLinks: readonly WantLink[],
  haveLinks: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  last: ReadonlySet<string>,
): Landscape {
  const want = new Map(wantLinks.map((link) => [link.name, link]))
  const have = new Map(haveLinks.map((link) => [link.name, link]))
  return {
    want,
    have,
    sysctlDefaults,
    last,
    stacked: groupBy(haveLinks, (link) => parentOf(link) ?? undefined),
    members: groupBy(haveLinks, (link) => link.master ?? undefined),
    fates: fatesOf(want, have),
  }
}
