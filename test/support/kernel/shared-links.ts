import type { WantLink } from '../../../src/core/model/link.js'

/** Links that are the same in both intents, down to what they stand on and belong to. */
export function sharedLinks(a: readonly WantLink[], b: readonly WantLink[]): ReadonlySet<string> {
  const [first, second] = [byName(a), byName(b)]
  const same = (name: string | null): boolean => {
    if (name === null) return true
    const [one, two] = [first.get(name), second.get(name)]
    if (one === undefined || JSON.stringify(one) !== JSON.stringify(two)) return false
    return same(one.detail.kind === 'vlan' ? one.detail.parent : null) && same(one.master)
  }
  return new Set(a.map(({ name }) => name).filter((name) => same(name)))
}

function byName(links: readonly WantLink[]): ReadonlyMap<string, WantLink> {
  return new Map(links.map((link) => [link.name, link]))
}
