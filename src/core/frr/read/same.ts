import type { ConfigNode, ConfigTree } from '../../model/plan.js'

/**
 * Both configurations without the lists and maps that read the same in both: nothing is typed for
 * them, and of a thousand neighbours' policies most are as they should be.
 */
export function withoutSame(a: ConfigTree, b: ConfigTree): readonly [ConfigTree, ConfigTree] {
  const [ours, theirs] = [policies(a), policies(b)]
  const same = new Set(
    [...ours.byName].flatMap(([name, nodes]) =>
      sameNodes(nodes, theirs.byName.get(name)) ? [name] : [],
    ),
  )
  return [different(ours, same), different(theirs, same)]
}

interface Policies {
  readonly byName: ReadonlyMap<string, ConfigTree>
  readonly others: ConfigTree
}

function policies(tree: ConfigTree): Policies {
  const byName = new Map<string, ConfigNode[]>()
  const others: ConfigNode[] = []
  for (const node of tree) {
    const name = policyName(node.line)
    const nodes = name === undefined ? others : byName.get(name)
    if (nodes !== undefined) nodes.push(node)
    else if (name !== undefined) byName.set(name, [node])
  }
  return { byName, others }
}

function different({ byName, others }: Policies, same: ReadonlySet<string>): ConfigTree {
  return [...byName].flatMap(([name, nodes]) => (same.has(name) ? [] : nodes)).concat(others)
}

function sameNodes(a: ConfigTree, b: ConfigTree | undefined): boolean {
  return (
    a.length === b?.length &&
    a.every((node, i) => node.line === b[i]?.line && sameNodes(node.children, b[i]?.children))
  )
}

const KINDS = ['ip prefix-list ', 'ipv6 prefix-list ', 'route-map '] as const

/** `ip prefix-list NAME` or `route-map NAME`. */
function policyName(line: string): string | undefined {
  const kind = KINDS.find((it) => line.startsWith(it))
  if (kind === undefined) return undefined
  const end = line.indexOf(' ', kind.length)
  return end < 0 ? undefined : line.slice(0, end)
}
