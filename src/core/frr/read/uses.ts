import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import { NAME_MARK } from '../names.js'
import { isBlock, type Block } from './block.js'

/**
 * Names of demarc's lists, maps and profiles that something works by which is not demarc's: another's
 * neighbour, map, BFD peer or `redistribute`. FRR takes a list or map that is missing for "deny", so
 * nothing of that name may change, whoever made it. The tree is that of all daemons, the blocks are
 * those in it.
 */
export function usedByOthers(tree: ConfigTree, blocks: readonly Block[]): ReadonlySet<string> {
  const maps = new Map<string, ConfigTree>()
  for (const { line, children } of tree) {
    const name = ownMap(line)
    if (name !== undefined) maps.set(name, [...(maps.get(name) ?? []), ...children])
  }
  const used = new Set<string>()
  const use = (lines: readonly string[]): void => {
    for (const name of lines.flatMap(ownNames)) {
      if (used.has(name)) continue
      used.add(name)
      use((maps.get(name) ?? []).flatMap(allLines))
    }
  }
  use([...tree.flatMap(othersLines), ...blocks.flatMap(othersInBlock)])
  return used
}

function ownMap(line: string): string | undefined {
  const name = /^route-map (\S+) /.exec(line)?.[1]
  return name?.startsWith(NAME_MARK) === true ? name : undefined
}

function ownNames(line: string): readonly string[] {
  return line.split(' ').filter((word) => word.startsWith(NAME_MARK))
}

function allLines({ line, children }: ConfigNode): readonly string[] {
  return [line, ...children.flatMap(allLines)]
}

/** The lines of a top-level node but a block that are not demarc's and may name what is. */
function othersLines(node: ConfigNode): readonly string[] {
  const { line, children } = node
  if (/^(ip|ipv6) prefix-list /.test(line) || ownMap(line) !== undefined || isBlock(line)) return []
  return line === 'bfd' ? children.filter(isNoProfile).flatMap(allLines) : allLines(node)
}

function isNoProfile({ line }: ConfigNode): boolean {
  return !line.startsWith('profile ')
}

function othersInBlock({ foreign, neighbors }: Block): readonly string[] {
  const others = [...neighbors.values()].filter(({ owned }) => !owned)
  const statements = others.flatMap((neighbor) => [
    ...neighbor.statements.values(),
    ...[...neighbor.families.values()].flatMap((family) => [...family.values()]),
  ])
  return [...foreign, ...statements.map(({ line }) => line)]
}
