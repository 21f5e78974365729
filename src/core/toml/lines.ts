/**
 * Finds the line of a key in a TOML text, counted from 1. Reads only headers and `key =` lines: a line
 * inside a multi-line string may be taken for a key, which can only give a wrong line number.
 */
export function lineIndex(text: string): (path: readonly PropertyKey[]) => number {
  const lines = new Map<string, number>()
  const counts = new Map<string, number>()
  let table: readonly PropertyKey[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]/.exec(line)
    if (header !== null) {
      table = header[1] === '[[' ? entry(keys(header[2] ?? ''), counts) : keys(header[2] ?? '')
      note(lines, table, i + 1)
      continue
    }
    const key = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'|\s*\.\s*)+?)\s*=/.exec(line)?.[1]
    if (key !== undefined) note(lines, [...table, ...keys(key)], i + 1)
  }
  return (path) => nearestLine(lines, path)
}

/** The path of this `[[table]]`: its name, and how many of that name came before. */
function entry(name: readonly string[], counts: Map<string, number>): readonly PropertyKey[] {
  const key = JSON.stringify(name)
  const index = counts.get(key) ?? 0
  counts.set(key, index + 1)
  return [...name, index]
}

function keys(dotted: string): readonly string[] {
  const parts = dotted.match(/"[^"]*"|'[^']*'|[A-Za-z0-9_-]+/g) ?? []
  return parts.map((part) => part.replaceAll(/^["']|["']$/g, ''))
}

/** Records the line of a path and of the tables that lead to it, unless they have one already. */
function note(lines: Map<string, number>, path: readonly PropertyKey[], line: number): void {
  for (let length = path.length; length > 0; length--) {
    const key = JSON.stringify(path.slice(0, length))
    if (!lines.has(key)) lines.set(key, line)
  }
}

/** The line of the path, else of the innermost table around it. */
function nearestLine(lines: ReadonlyMap<string, number>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(JSON.stringify(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return 1
}
