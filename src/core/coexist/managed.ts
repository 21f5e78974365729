import { escaped } from '../base/quote.js'
import type { HaveLink, WantLink } from '../model/link.js'
import type { Conflict, HostFacts } from '../model/host-facts.js'
import type { Want } from '../model/plan.js'

/** A link that the intent names; without an intent, a port that demarc may manage. */
export type ManagedLink = Pick<WantLink, 'name' | 'detail' | 'addresses'>

/** What demarc makes here, to be held against what others do. */
export interface Managed {
  readonly links: readonly ManagedLink[]
  /** Addresses of the BGP neighbours. */
  readonly neighbors: readonly string[]
  /** FRR's configuration on disk should hold the neighbours: no change waits for its answer. */
  readonly saved: boolean
  /** All links of the router. */
  readonly have: readonly HaveLink[]
}

/** What an intent wants of this router; null: there is none, and `ports` are what may become demarc's. */
export function managedOf(
  want: Want | null,
  ports: readonly HaveLink[],
  router: Pick<Managed, 'saved' | 'have'>,
): Managed {
  const links =
    want === null
      ? ports.flatMap(({ name, detail }) =>
          detail.kind === 'other'
            ? []
            : [{ name: name as WantLink['name'], detail, addresses: [] }],
        )
      : want.links
  const neighbors = want?.bgp.flatMap((instance) => instance.neighbors) ?? []
  return { links, neighbors: neighbors.map(({ address }) => address), ...router }
}

/** Links with addresses of demarc, and those of one family. */
export function addressed(ours: Managed, family: 4 | 6): readonly ManagedLink[] {
  return ours.links.filter(({ addresses }) =>
    addresses.some((address) => address.includes(':') === (family === 6)),
  )
}

/** Names in a sentence; a thousand of them would not be one. */
const NAMES_SHOWN = 5

/** Characters of one name; a path has that many, and can hold anything. */
const NAME_SHOWN = 120

/** Names for a sentence: five at most, each escaped and cut, then how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => escaped(name.slice(0, NAME_SHOWN)))
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

/** What cannot be told as long as demarc may not read these files; nothing where there are none. */
export function unreadable(files: HostFacts['unread'], what: string): readonly Conflict[] {
  if (files.length === 0) return []
  const named = files.map(({ path, reason }) => `${path} (${reason})`)
  return [
    {
      code: 'HOST_CONFIG_UNREADABLE',
      at: files[0]?.path ?? '',
      message: `Nobody can tell ${what}: let group demarc read ${listed(named)}.`,
      destroys: false,
    },
  ]
}

/** Patterns that a manager can be given: all VLANs of a link that are called after it are one. */
export function patternsOf(links: readonly ManagedLink[]): readonly string[] {
  const each = links.map(({ name, detail }) =>
    detail.kind === 'vlan' && name.startsWith(`${detail.parent}.`) ? `${detail.parent}.*` : name,
  )
  return [...new Set(each)]
}
