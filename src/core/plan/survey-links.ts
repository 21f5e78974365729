import type { HaveLink, LinkSysctl, WantLink } from '../model/link.js'
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
    stacked: grouped(haveLinks, parentOf),
    members: grouped(haveLinks, (link) => link.master),
    fates: fatesOf(want, have),
  }
}

function grouped(
  links: readonly HaveLink[],
  keyOf: (link: HaveLink) => string | null,
): Map<string, HaveLink[]> {
  const groups = new Map<string, HaveLink[]>()
  for (const link of links) {
    const key = keyOf(link)
    if (key === null) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [link])
    else group.push(link)
  }
  return groups
}
