import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import { normalRule } from '../prefix-rule.js'
import { readBlock, type Block } from './block.js'
import { withUnfinished } from './unfinished.js'
import { mapStatement, namedStatement, type Statements } from './statement.js'

/** What a configuration holds that concerns demarc, in one spelling whoever wrote it. */
export interface Survey {
  /**
   * demarc's own lists: `ip prefix-list demarc-…` to its rules (`permit 10.0.0.0/8 le 24`) and how
   * often each stands there: FRR 10 keeps one that is typed again without `seq` once more.
   */
  readonly lists: ReadonlyMap<string, Rules>
  /** demarc's own maps: name to entries (`permit 10`) to their lines. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, Statements>>
  /** All `router bgp` blocks except views, foreign ones too, by VRF ('' is the default). */
  readonly blocks: ReadonlyMap<string, Block>
  /** demarc's own BFD profiles: name to settings. */
  readonly profiles: ReadonlyMap<string, Statements>
}

export type Rules = ReadonlyMap<string, number>

/** `demarc-a` of `ip prefix-list demarc-a`, and of itself. */
export function bareName(key: string): string {
  return key.split(' ').at(-1) ?? ''
}

/** `all` is the whole configuration where `bgpd` is only what of it matters. */
export function survey(bgpd: ConfigTree, bfdd: ConfigTree, all: ConfigTree = bgpd): Survey {
  return {
    lists: lists(bgpd),
    maps: maps(bgpd),
    blocks: blocks(bgpd, all),
    profiles: profiles(bfdd),
  }
}

function lists(tree: ConfigTree): Survey['lists'] {
  const found = new Map<string, Map<string, number>>()
  for (const { line } of tree) {
    const read = listRule(line)
    if (read === undefined) continue
    const rules = found.get(read.list) ?? new Map<string, number>()
    found.set(read.list, rules.set(read.rule, (rules.get(read.rule) ?? 0) + 1))
  }
  return found
}

function listRule(line: string): { list: string; rule: string } | undefined {
  const match = /^(ip|ipv6) (prefix-list \S+) (?:seq \d+ )?(permit|deny) (.+)$/.exec(line)
  const [, kind = '', name = '', action = '', rule = ''] = match ?? []
  if (!name.startsWith(`prefix-list ${NAME_MARK}`)) return undefined
  return {
    list: `${kind} ${name}`,
    rule: `${action} ${normalRule(rule, kind === 'ip' ? 4 : 6)}`,
  }
}

function maps(tree: ConfigTree): Survey['maps'] {
  const found = new Map<string, Map<string, Statements>>()
  for (const { line, children } of tree) {
    const match = /^route-map (\S+) ((?:permit|deny) \d+)$/.exec(line)
    const [, name = '', entry = ''] = match ?? []
    if (!name.startsWith(NAME_MARK)) continue
    const entries = found.get(name) ?? new Map<string, Statements>()
    found.set(name, entries.set(entry, bySlot(children, mapStatement)))
  }
  return found
}

function bySlot(
  lines: ConfigTree,
  read: (line: string) => ReturnType<typeof mapStatement>,
): Statements {
  return new Map(lines.map(({ line }) => read(line)).map((it) => [it.slot, it]))
}

function blocks(tree: ConfigTree, all: ConfigTree): Survey['blocks'] {
  const found = tree.map(readBlock).filter((block) => block !== undefined)
  return new Map(found.map((block) => [block.vrf ?? '', withUnfinished(block, all)]))
}

/** FRR leaves these out when they have the default (lib/bfd.h; ms and packets). */
const PROFILE_DEFAULTS: ConfigTree = [
  'detect-multiplier 3',
  'transmit-interval 300',
  'receive-interval 300',
].map((line) => ({ line, children: [] }))

function profiles(tree: ConfigTree): Survey['profiles'] {
  const inside = tree.filter(({ line }) => line === 'bfd').flatMap(({ children }) => children)
  const ours = inside.filter(({ line }) => line.startsWith(`profile ${NAME_MARK}`))
  return new Map(
    ours.map(({ line, children }) => [line.slice('profile '.length), profileSettings(children)]),
  )
}

function profileSettings(children: readonly ConfigNode[]): Statements {
  return bySlot([...PROFILE_DEFAULTS, ...children], (line) => {
    const name = /^(detect-multiplier|transmit-interval|receive-interval) \d+$/.exec(line)?.[1]
    return name === undefined ? mapStatement(line) : namedStatement(line, name)
  })
}
