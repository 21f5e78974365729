import type { ConfigNode, ConfigTree, Step } from '../../model/plan.js'
import { neighborSubject } from '../../model/names.js'

/** A configuration that can be restored. */
export interface RestorableConfig {
  readonly tree: ConfigTree
  /** The neighbours whose password of then can neither be read nor is configured now. */
  readonly lost: readonly string[]
}

interface Password {
  readonly address: string
  readonly digest: string
  readonly node: ConfigNode
}

/** What is known besides the two configurations. */
interface PasswordContext {
  /** The steps of the change between them. */
  readonly steps: readonly Step[]
  readonly isKnown: (digest: string) => boolean
}

/**
 * `before` without the passwords that can no longer be read, for example because the key that sealed them
 * is lost. A neighbour that still exists keeps its present password, which is the old one unless `steps`
 * changed it. A neighbour that is gone is not restored: it would come back without a password.
 */
export function withoutLost(
  before: ConfigTree,
  now: ConfigTree,
  { steps, isKnown }: PasswordContext,
): RestorableConfig {
  const unknownIn = (block: ConfigNode) =>
    passwordsIn(block).filter(({ digest }) => !isKnown(digest))
  if (before.every((block) => unknownIn(block).length === 0)) return { tree: before, lost: [] }
  const changes = passwordChanges(steps)
  const restored = before.map((block) => {
    const present = now.find(({ line }) => line === block.line)
    return withoutUnknown(block, present, { unknown: unknownIn(block), changes })
  })
  return {
    tree: restored.map(({ block }) => block),
    lost: restored.flatMap(({ lost }) => lost),
  }
}

interface UnknownPasswords {
  readonly unknown: readonly Password[]
  readonly changes: ReturnType<typeof passwordChanges>
}

function withoutUnknown(
  block: ConfigNode,
  present: ConfigNode | undefined,
  { unknown, changes }: UnknownPasswords,
): { readonly block: ConfigNode; readonly lost: readonly string[] } {
  const kept = new Map(passwordsIn(present).map(({ address, node }) => [address, node]))
  const neighbors = new Set(present?.children.flatMap(({ line }) => addressOf(line) ?? []))
  const lines = new Map(unknown.map(({ address, node }) => [address, node]))
  const lost = unknown.filter(({ address, digest }) => {
    const isChanged = changes.get(address)?.some((other) => other !== digest) ?? false
    return isChanged || !kept.has(address)
  })
  const restored = mapNeighborLines(block, (node, address) => {
    const password = lines.get(address)
    if (password === undefined) return node
    if (!neighbors.has(address)) return null
    return node === password ? (kept.get(address) ?? null) : node
  })
  return {
    block: restored,
    lost: lost.map(({ address }) => neighborSubject(address, vrfOf(block))),
  }
}

const PASSWORD = /^neighbor (\S+) password (\S+)$/

function passwordsIn(block: ConfigNode | undefined): readonly Password[] {
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

/** The digests of the passwords that steps set, by neighbour; an empty digest stands for a removal. */
function passwordChanges(steps: readonly Step[]): ReadonlyMap<string, readonly string[]> {
  const changes = new Map<string, string[]>()
  for (const line of steps.flatMap((step) => (step.do === 'frr' ? step.lines : []))) {
    const [, address, digest = ''] = /^(?:no )?neighbor (\S+) password ?(\S*)/.exec(line) ?? []
    if (address === undefined) continue
    const known = changes.get(address) ?? []
    changes.set(address, [...known, line.startsWith('no ') ? '' : digest])
  }
  return changes
}

/** Replaces the lines of neighbours in a block and in its families; null removes a line. */
function mapNeighborLines(
  block: ConfigNode,
  change: (node: ConfigNode, address: string) => ConfigNode | null,
): ConfigNode {
  const children = block.children.flatMap((node) => {
    const address = addressOf(node.line)
    if (address === undefined) return [mapNeighborLines(node, change)]
    return change(node, address) ?? []
  })
  return { line: block.line, children }
}
