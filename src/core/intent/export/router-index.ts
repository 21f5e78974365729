import { isLinkLocal } from '../../model/own-link.js'
import { groupBy } from '../../base/group-by.js'
import { matchesAny } from '../../base/glob.js'
import { carrier, layout } from '../survey/layout.js'
import { ALIAS_MARK, type HaveLink, type Protection } from '../../model/link.js'
import type { Have } from '../../model/plan.js'
import { toWord } from '../../model/names.js'
import type { Intent } from '../../wire/intent.js'

/** The links of a router, indexed. */
export interface RouterIndex {
  /** By their kernel index, the oldest first. */
  readonly links: readonly HaveLink[]
  readonly byName: ReadonlyMap<string, HaveLink>
  /** By master. */
  readonly members: ReadonlyMap<string, readonly HaveLink[]>
  /** By parent. */
  readonly vlans: ReadonlyMap<string, readonly HaveLink[]>
  readonly isManaged: (name: string) => boolean
  /** The names that the running intent has for interfaces. */
  readonly known: Names
  /** The interfaces that the running intent has a connection on. */
  readonly ports: ReadonlySet<string>
  /** The limits of links in bridges, where they are as demarc sets them. */
  readonly protections: ReadonlyMap<string, Protection>
}

/** The intent's names, by interface. */
interface Names {
  readonly connections: ReadonlyMap<string, string>
  readonly attachments: ReadonlyMap<string, string>
}

/**
 * Indexes all links; `managed` are the patterns of `[ports] manage`, and `running` is null where no
 * intent runs.
 */
export function indexRouter(
  { links: have, protections }: Pick<Have, 'links' | 'protections'>,
  managed: readonly string[],
  running: Intent | null,
): RouterIndex {
  const links = [...have].sort((a, b) => a.index - b.index)
  return {
    links,
    byName: new Map(links.map((link) => [link.name, link])),
    members: groupBy(links, ({ master }) => master ?? undefined),
    vlans: groupBy(links, ({ detail }) => (detail.kind === 'vlan' ? detail.parent : undefined)),
    isManaged: (name) => matchesAny(name, managed),
    known: running === null ? NO_NAMES : namesOf(running),
    ports: new Set(running?.connections.map(carrier)),
    protections: new Map(
      (protections?.found ?? []).flatMap(({ link, protection }) =>
        protection === null ? [] : [[link, protection]],
      ),
    ),
  }
}

const NO_NAMES: Names = { connections: new Map(), attachments: new Map() }

function namesOf(running: Intent): Names {
  const { connections, attachments } = layout(running)
  const turned = (names: ReadonlyMap<string, string>) =>
    new Map([...names].map(([name, link]) => [link, name]))
  return { connections: turned(connections), attachments: turned(attachments) }
}

/** Addresses that somebody configured: not link-local ones, which the kernel makes, nor DHCP leases. */
export function addressesOf(link: HaveLink): readonly string[] {
  return link.addresses
    .filter(({ address, leased }) => leased !== true && !isLinkLocal(address))
    .map(({ address }) => address)
}

/** The link below all tags of a VLAN, of which it has at most two; undefined: it is no such VLAN. */
export function trunkOf({ detail }: HaveLink, { byName }: RouterIndex): string | undefined {
  if (detail.kind !== 'vlan') return undefined
  const below = byName.get(detail.parent)?.detail
  return below?.kind === 'vlan' ? below.parent : detail.parent
}

/** Gives each link a unique name: from demarc's mark, the running intent, its alias, or its own name. */
export function namer(
  kind: 'connection' | 'attachment',
  { links, known }: RouterIndex,
): (link: HaveLink) => string {
  const marks = new Map(links.flatMap((link) => markOf(link, kind)))
  const running = kind === 'connection' ? known.connections : known.attachments
  const taken = new Set([...marks.values(), ...running.values()])
  return (link) => {
    const given = marks.get(link.name) ?? running.get(link.name)
    if (given !== undefined) return given
    const label = link.alias === null ? undefined : toWord(link.alias)
    const base = label ?? toWord(link.name) ?? `if${link.name}`
    let name: string = base
    for (let number = 2; taken.has(name); number++) name = `${base.slice(0, 56)}-${number}`
    taken.add(name)
    return name
  }
}

function markOf({ name, alias }: HaveLink, kind: string): readonly (readonly [string, string])[] {
  const mark = `${ALIAS_MARK}${kind} `
  const word = alias?.startsWith(mark) === true ? toWord(alias.slice(mark.length)) : undefined
  return word === undefined ? [] : [[name, word]]
}
