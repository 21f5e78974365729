import type { ConfigNode, ConfigTree } from '../model/plan.js'

interface OpenBlock {
  readonly indent: number
  readonly children: ConfigNode[]
}

/**
 * Reads the output of `show running-config`. The indentation shows the blocks, and every FRR from 8.4 on
 * indents alike. The lines that close a block (`exit`, `exit-address-family`, `!`) differ by version and
 * are not needed.
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

/** A line without lines inside. */
export function leaf(line: string): ConfigNode {
  return { line, children: [] }
}

/**
 * Replaces every secret in the text of a running configuration by its digest. It covers the passwords of
 * FRR's terminals too, because the tree of the whole configuration leaves the router.
 */
export function concealSecrets(text: string, conceal: (secret: string) => string): string {
  return text.replace(
    /^(\s*(?:neighbor \S+ password|(?:enable )?password(?: 8)?|key-string) )(.+)$/gm,
    (_line, before: string, secret: string) => before + conceal(secret.trimEnd()),
  )
}

/** The digests of neighbours' passwords in a tree. */
export function secretsIn(tree: ConfigTree): readonly string[] {
  return tree.flatMap(({ line, children }) => {
    const digest = /^neighbor \S+ password (\S+)$/.exec(line)?.[1]
    return [...(digest === undefined ? [] : [digest]), ...secretsIn(children)]
  })
}

/** Replaces the digest in a line for FRR by the secret; undefined if the secret is not known. */
export function revealSecret(
  line: string,
  reveal: (digest: string) => string | undefined,
): string | undefined {
  const match = /^(neighbor \S+ password )(\S+)$/.exec(line)
  if (match === null) return line
  const secret = reveal(match[2] ?? '')
  return secret === undefined ? undefined : `${match[1] ?? ''}${secret}`
}
