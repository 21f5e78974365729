import type { ConfigNode, ConfigTree } from '../model/plan.js'

interface OpenBlock {
  readonly indent: number
  readonly children: ConfigNode[]
}

/**
 * Reads what `show running-config` prints. Blocks are told by indentation, which every FRR from 8.4
 * on prints the same way; how blocks are closed (`exit`, `exit-address-family`, `!`) differs by version
 * and says nothing more.
 */
export function parseConfig(text: string): ConfigTree {
  const root: ConfigNode[] = []
  const open: OpenBlock[] = [{ indent: -1, children: root }]
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('!') || /^(exit|exit-[a-z-]+|end)$/.test(line)) continue
    const indent = raw.length - raw.trimStart().length
    while (isClosed(open.at(-1), indent)) open.pop()
    const children: ConfigNode[] = []
    open.at(-1)?.children.push({ line, children })
    open.push({ indent, children })
  }
  return root
}

function isClosed(block: OpenBlock | undefined, indent: number): boolean {
  return block !== undefined && block.indent >= indent
}

/** A line with nothing inside. */
export function leaf(line: string): ConfigNode {
  return { line, children: [] }
}

/**
 * Replaces every secret in running-config text by what stands for it. Other lines that FRR's
 * terminals keep passwords in are covered too, because the tree of the whole configuration travels.
 */
export function concealSecrets(text: string, conceal: (secret: string) => string): string {
  return text.replace(
    /^(\s*(?:neighbor \S+ password|(?:enable )?password(?: 8)?|key-string) )(.+)$/gm,
    (_line, before: string, secret: string) => before + conceal(secret.trimEnd()),
  )
}

/** The digests that stand for neighbours' passwords in a tree. */
export function secretsIn(tree: ConfigTree): readonly string[] {
  return tree.flatMap(({ line, children }) => {
    const digest = /^neighbor \S+ password (\S+)$/.exec(line)?.[1]
    return [...(digest === undefined ? [] : [digest]), ...secretsIn(children)]
  })
}

/** The inverse, for one line about to be typed; undefined when the secret is not known here. */
export function revealSecret(
  line: string,
  reveal: (digest: string) => string | undefined,
): string | undefined {
  const match = /^(neighbor \S+ password )(\S+)$/.exec(line)
  if (match === null) return line
  const secret = reveal(match[2] ?? '')
  return secret === undefined ? undefined : `${match[1] ?? ''}${secret}`
}
