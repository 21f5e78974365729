/** Characters of one line of a screen. */
const LINE_MAX = 120

/** A column is not made narrower than this. */
const COLUMN_MIN = 8

/**
 * A table for people: each column as wide as its widest cell, two blanks between columns. The widest columns are
 * wrapped where a line would be longer than {@link LINE_MAX}. Cells may hold what a peer has sent.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => title.toUpperCase())
  const cells = rows.map((row) => row.map(printable))
  const widths = narrowed(
    titles.map((title, column) =>
      cells.reduce((widest, row) => Math.max(widest, width(row[column] ?? '')), width(title)),
    ),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd()
  const lines = (row: readonly string[]): readonly string[] => {
    const wrappedCells = row.map((cell, column) => inLines(cell, widths[column] ?? LINE_MAX))
    const height = Math.max(1, ...wrappedCells.map((parts) => parts.length))
    return Array.from({ length: height }, (_, at) =>
      line(wrappedCells.map((parts) => parts[at] ?? '')),
    )
  }
  return [titles, ...cells].flatMap(lines).join('\n')
}

/** The widths of columns, the widest ones made narrower until a line holds them all. */
function narrowed(widths: readonly number[]): readonly number[] {
  const room = Math.max(COLUMN_MIN * widths.length, LINE_MAX - 2 * (widths.length - 1))
  let limit = Math.max(0, ...widths)
  const sum = (): number => widths.reduce((all, each) => all + Math.min(each, limit), 0)
  while (sum() > room && limit > COLUMN_MIN) limit -= 1
  return widths.map((each) => Math.min(each, limit))
}

function width(cell: string): number {
  return Array.from(cell).length
}

/** A text from outside, safe for a terminal: control characters become `?`. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** The text in lines of at most {@link LINE_MAX} characters, each indented by four blanks. */
export function wrapped(text: string): readonly string[] {
  return inLines(text, LINE_MAX - INDENT.length).map((part) => `${INDENT}${part}`)
}

/**
 * The text after its head, in lines of at most {@link LINE_MAX} characters; all but the first are indented by `hang`
 * blanks.
 */
export function folded(text: string, head = '', hang = INDENT.length): readonly string[] {
  if (width(head) + width(text) <= LINE_MAX) return [head + text]
  const room = LINE_MAX - Math.max(hang, width(head))
  return inLines(text, room).map((part, at) => (at === 0 ? head : ' '.repeat(hang)) + part)
}

/** A label and its value as Junos prints them, a long value wrapped below itself. The value may come from outside. */
export function labelled(label: string, value: string): readonly string[] {
  const head = `${INDENT}${label.padEnd(LABEL)} : `
  return folded(printable(value), head, head.length)
}

/** Characters of the longest label. */
const LABEL = 42

/** The text in lines of at most `room` characters, broken between words, and in one that is longer than a line. */
function inLines(text: string, room: number): readonly string[] {
  if (width(text) <= room) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((each) => pieces(each, room))) {
    if (line !== '' && width(line) + 1 + width(word) > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function pieces(word: string, room: number): readonly string[] {
  const characters = Array.from(word)
  const count = Math.max(1, Math.ceil(characters.length / room))
  return Array.from({ length: count }, (_, at) =>
    characters.slice(at * room, (at + 1) * room).join(''),
  )
}

const INDENT = '    '
