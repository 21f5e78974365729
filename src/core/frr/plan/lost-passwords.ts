import type { ConfigNode, ConfigTree, Step } from '../../model/plan.js'
import { neighborSubject } from '../../model/subject.js'

/** A configuration that can be gone back to. */
export interface Reachable {
  readonly tree: ConfigTree
  /** The neighbours whose password of then is neither known nor there. */
  readonly lost: readonly string[]
}

interface Password {
  readonly address: string
  readonly digest: string
  readonly node: ConfigNode
}

/**
 * The configuration of before without passwords that nobody knows any more, as when the key was lost that
 * they were sealed under. A neighbour that is there keeps the password it has, which is the old one unless
 * the steps gave it another; one that is gone stays away, as it would come back open to anybody.
 */
export function withoutLost(
  before: ConfigTree,
  now: ConfigTree,
  about: {
    /** What was done since. */
    readonly steps: readonly Step[]
    readonly isKnown: (digest: string) => boolean
  },
): Reachable {
  const unknown = (block: ConfigNode) =>
    passwords(block).filter(({ digest }) => !about.isKnown(digest))
  if (before.every((block) => unknown(block).length === 0)) return { tree: before, lost: [] }
  const given = givenSince(about.steps)
  const lost: string[] = []
  const tree = before.map((block) => {
    const there = now.find(({ line }) => line === block.line)
    const kept = new Map(passwords(there).map((one) => [one.address, one.node]))
    const present = new Set(there?.children.flatMap(({ line }) => addressOf(line) ?? []))
    const of = new Map(unknown(block).map((one) => [one.address, one.node]))
    for (const { address, digest } of unknown(block)) {
      const others = given.get(address)?.some((one) => one !== digest) ?? false
      if (others || !kept.has(address)) lost.push(neighborSubject(address, vrfOf(block)))
    }
    return inside(block, (node, address) => {
      const password = of.get(address)
      if (password === undefined) return node
      if (!present.has(address)) return null
      return node === password ? (kept.get(address) ?? null) : node
    })
  })
  return { tree, lost }
}

const PASSWORD = /^neighbor (\S+) password (\S+)$/

function passwords(block: ConfigNode | undefined): readonly Password[] {
  return (block?.children ?? []).flatMap((node) => {
    const [, address, digest] = PASSWORD.exec(node.line) ?? []
    return address === undefined || digest === undefined ? [] : [{ address, digest, node }]
  })
}

function addressOf(line: string): string | undefined {
  return /^(?:no )?neighbor (\S+) /.exec(line)?.[1]
}

function vrfOf({ line }: ConfigNode): string | null {
  return / vrf (\S+)/.exec(line)?.[1] ?? null
}

/** Digests of the passwords that steps set, by neighbour; empty for one taken away. */
function givenSince(steps: readonly Step[]): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, string[]>()
  for (const step of steps) {
    for (const line of step.do === 'frr' ? step.lines : []) {
      const [, address, digest = ''] = /^(?:no )?neighbor (\S+) password ?(\S*)/.exec(line) ?? []
      if (address === undefined) continue
      given.set(address, [...(given.get(address) ?? []), line.startsWith('no ') ? '' : digest])
    }
  }
  return given
}

/** A block with other lines of its neighbours, those in its families too; null: without that line. */
function inside(
  block: ConfigNode,
  change: (node: ConfigNode, address: string) => ConfigNode | null,
): ConfigNode {
  const children = block.children.flatMap((node) => {
    const address = addressOf(node.line)
    if (address === undefined) return [inside(node, change)]
    return change(node, address) ?? []
  })
  return { line: block.line, children }
}
