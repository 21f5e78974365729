import { readFileSync } from 'node:fs'

/** A fenced block or a table of a page, by the comment before it. */
export interface DocExample {
  /** The words after `example:`. */
  readonly name: string
  readonly text: string
}

/** Everything in a page that is marked `<!-- example: NAME -->`. */
export function docExamples(file: string): readonly DocExample[] {
  const page = readFileSync(file, 'utf8')
  const marked = /<!-- example: ([^>]+?) -->\n\n(?:```\w+\n([^]*?)\n```|((?:\|.*\n)+))/g
  const found = [...page.matchAll(marked)].map(([, name = '', block, rows]) => ({
    name,
    text: block ?? rows ?? '',
  }))
  const marks = page.match(/<!-- example:/g)?.length ?? 0
  if (found.length !== marks) throw new Error(`${file}: ${marks} marks, ${found.length} examples`)
  return found
}

/** The JSON of one example. */
export function docExample(file: string, name: string): unknown {
  const example = docExamples(file).find((one) => one.name === name)
  if (example === undefined) throw new Error(`${file} has no example "${name}"`)
  return JSON.parse(example.text)
}
