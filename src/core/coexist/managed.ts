import { escaped } from '../base/quote.js'
import type { HaveLink, WantLink } from '../model/link.js'
import type { Conflict, HostFacts } from '../model/host-facts.js'
import type { Want } from '../model/plan.js'

/** A link that the intent names; without an intent, a port that demarc may manage. */
export type ManagedLink = Pick<WantLink, 'name' | 'detail' | 'addresses'>

/** What demarc makes on this router, to be compared with what other programs do. */
export interface Managed {
  readonly links: readonly ManagedLink[]
  /** Addresses of the BGP neighbours. */
  readonly neighbors: readonly string[]
  /** Whether FRR's configuration file should contain the neighbours; not while a change is provisional. */
  readonly saved: boolean
  /** All links of the router. */
  readonly have: readonly HaveLink[]
}

/** What demarc makes for an intent; without one (null), `ports` are the ports that it may manage. */
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

/** Links with an address of that family. */
export function addressed(ours: Managed, family: 4 | 6): readonly ManagedLink[] {
  return ours.links.filter(({ addresses }) =>
    addresses.some((address) => address.includes(':') === (family === 6)),
  )
}

/** Names in one sentence. */
const NAMES_SHOWN = 5

/** Characters of one name; a path can be longer and contain anything. */
const NAME_SHOWN = 120

/** Names for a sentence: five at most, each escaped and cut, then how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => escaped(name.slice(0, NAME_SHOWN)))
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

/** A conflict where demarc may not read files; `what` names what it cannot find out without them. */
export function unreadable(files: HostFacts['unread'], what: string): readonly Conflict[] {
  if (files.length === 0) return []
  const named = files.map(({ path, reason }) => `${path} (${reason})`)
  return [
    {
      code: 'HOST_CONFIG_UNREADABLE',
      at: files[0]?.path ?? '',
      message: `demarc cannot find out ${what}: let group demarc read ${listed(named)}.`,
      destroys: false,
    },
  ]
}

/** Patterns for a manager's settings; VLANs named after their parent share one (`PARENT.*`). */
export function patternsOf(links: readonly ManagedLink[]): readonly string[] {
  const patterns = links.map(({ name, detail }) =>
    detail.kind === 'vlan' && name.startsWith(`${detail.parent}.`) ? `${detail.parent}.*` : name,
  )
  return [...new Set(patterns)]
}
