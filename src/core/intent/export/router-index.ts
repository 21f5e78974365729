import { isLinkLocal } from '../../model/own-link.js'
import { groupBy } from '../../base/group-by.js'
import { matchesAny } from '../../base/glob.js'
import { carrier, layout } from '../survey/layout.js'
import { ALIAS_MARK, type HaveLink } from '../../model/link.js'
import { toWord } from '../../model/names.js'
import type { Intent } from '../../wire/intent.js'

/** The links of a router, looked up once. */
export interface RouterIndex {
  /** In the order they were made. */
  readonly links: readonly HaveLink[]
  readonly byName: ReadonlyMap<string, HaveLink>
  /** By master. */
  readonly members: ReadonlyMap<string, readonly HaveLink[]>
  /** By parent. */
  readonly vlans: ReadonlyMap<string, readonly HaveLink[]>
  readonly isManaged: (name: string) => boolean
  /** Names the intent in force gives to interfaces. */
  readonly known: Names
  /** Ports that the intent in force has a connection on. */
  readonly ports: ReadonlySet<string>
}

/** By interface. */
interface Names {
  readonly connections: ReadonlyMap<string, string>
  readonly attachments: ReadonlyMap<string, string>
}

/**
 * All links in the order of their index; `managed` are the patterns of `[ports] manage`, and null no
 * intent in force.
 */
export function indexRouter(
  have: readonly HaveLink[],
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
  }
}

const NO_NAMES: Names = { connections: new Map(), attachments: new Map() }

function namesOf(running: Intent): Names {
  const { connections, attachments } = layout(running)
  const turned = (names: ReadonlyMap<string, string>) =>
    new Map([...names].map(([name, link]) => [link, name]))
  return { connections: turned(connections), attachments: turned(attachments) }
}

/** Addresses that someone gave for good: the kernel gives link-local ones by itself, DHCP its own. */
export function addressesOf(link: HaveLink): readonly string[] {
  return link.addresses
    .filter(({ address, leased }) => leased !== true && !isLinkLocal(address))
    .map(({ address }) => address)
}

/** Gives each link a name of its own: that of its mark, of the intent in force, its label or itself. */
export function namer(
  kind: 'connection' | 'attachment',
  { links, known }: RouterIndex,
): (link: HaveLink) => string {
  const marks = new Map(links.flatMap((link) => markOf(link, kind)))
  const said = kind === 'connection' ? known.connections : known.attachments
  const taken = new Set([...marks.values(), ...said.values()])
  return (link) => {
    const given = marks.get(link.name) ?? said.get(link.name)
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
