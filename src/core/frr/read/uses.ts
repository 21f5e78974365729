import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import { LIST_KINDS, NAME_MARK } from '../names.js'
import { isBlock, type Block } from './block.js'

/**
 * The names of demarc's lists, maps and profiles that something foreign uses: a neighbour, a map, a BFD peer
 * or a `redistribute`. FRR treats a missing list or map as "deny", so such a name must not change. `tree`
 * holds the configuration of all daemons, and `blocks` the `router bgp` blocks in it.
 */
export function usedByForeign(tree: ConfigTree, blocks: readonly Block[]): ReadonlySet<string> {
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
  use([...tree.flatMap(foreignLines), ...blocks.flatMap(foreignInBlock)])
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

/** The foreign lines of a top-level node that is no block. */
function foreignLines(node: ConfigNode): readonly string[] {
  const { line, children } = node
  if (
    LIST_KINDS.some((kind) => line.startsWith(`${kind} `)) ||
    ownMap(line) !== undefined ||
    isBlock(line)
  )
    return []
  return line === 'bfd' ? children.filter(isNoProfile).flatMap(allLines) : allLines(node)
}

function isNoProfile({ line }: ConfigNode): boolean {
  return !line.startsWith('profile ')
}

function foreignInBlock({ foreign, neighbors }: Block): readonly string[] {
  const foreignNeighbors = [...neighbors.values()].filter(({ owned }) => !owned)
  const statements = foreignNeighbors.flatMap((neighbor) => [
    ...neighbor.statements.values(),
    ...[...neighbor.families.values()].flatMap((family) => [...family.values()]),
  ])
  return [...foreign, ...statements.map(({ line }) => line)]
}
