/**
 * A table for people: each column as wide as its widest cell, two blanks between columns. Cells may hold what
 * a peer has sent.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable))
  const widths = head.map((title, column) =>
    cells.reduce((widest, row) => Math.max(widest, width(row[column] ?? '')), width(title)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd()
  return [line(head.map((title) => title.toUpperCase())), ...cells.map(line)].join('\n')
}

function width(cell: string): number {
  return Array.from(cell).length
}

/** A text from outside, safe for a terminal: control characters become `?`. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** Characters of one line of a screen. */
const LINE_MAX = 120

/** The text in lines of at most {@link LINE_MAX} characters, each indented by four blanks. */
export function wrapped(text: string): readonly string[] {
  const room = LINE_MAX - INDENT.length
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((part) => `${INDENT}${part}`)
}

const INDENT = '    '
