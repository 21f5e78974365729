/**
 * Concrete statements from the lines of FRR's own `list` command. A line is made of words, `<a|b>` (one of
 * them), `[a]` (may be left out), `{a|b}` (any of them), `(1-10)` (a number) and names in capitals (a value).
 */

/** Statements for one line of the list, with `no` too; empty for a line that sets nothing. */
export function statementsOf(line: string, values: Values): readonly string[] {
  const text = line.trim()
  if (text.startsWith('[no] ')) {
    const rest = text.slice('[no] '.length)
    return [...statementsOf(rest, values), ...statementsOf(`no ${rest}`, values)]
  }
  if (NOT_SETTINGS.test(text)) return []
  if (text === '') return []
  const { choices } = sequence(tokens(text), 0, values)
  const all = [...new Set(choices.map((words) => words.join(' ')))]
  return all.slice(0, text.startsWith('no ') ? NO_CHOICES_MAX : CHOICES_MAX)
}

/** What stands for a name in capitals; undefined: the name has a value for every command. */
export type Values = (name: string) => readonly string[]

/** Statements of one line; the rest would differ in one more option only. */
const CHOICES_MAX = 24

/** A \`no\` line with a value removes what another statement sets. */
const NO_CHOICES_MAX = 2

const NOT_SETTINGS =
  /^(no )?(exit|exit-[a-z-]+|quit|end|help|list|find|write|show|clear|debug|terminal|interface|line|vnc|rfp|segment-routing|vrf-policy|XFRR_)\b/

type Choice = readonly string[]

interface Read {
  readonly choices: readonly Choice[]
  /** The index of the first token that was not read. */
  readonly next: number
}

/** Splits `<a|b (1-2)>...` into brackets, bars and words. */
function tokens(text: string): readonly string[] {
  return (
    text.match(/\.\.\.|!\[|[<>[\]{}|]|\([^)]*\)|[^\s<>[\]{}|()]+?(?=\.\.\.|[\s<>[\]{}|()]|$)/g) ??
    []
  )
}

const CLOSING = new Set(['>', ']', '}', '|'])

function sequence(all: readonly string[], from: number, values: Values): Read {
  let choices: readonly Choice[] = [[]]
  let at = from
  while (at < all.length && !CLOSING.has(all[at] ?? '')) {
    const read = element(all, at, values)
    at = read.next
    if (all[at] === '...') at++
    choices = choices.flatMap((before) => read.choices.map((after) => [...before, ...after]))
  }
  return { choices, next: at }
}

function element(all: readonly string[], at: number, values: Values): Read {
  const token = all[at] ?? ''
  if (token === '<') return alternatives(all, at + 1, values)
  if (token === '[' || token === '![') {
    const { choices, next } = alternatives(all, at + 1, values)
    return { choices: [[], ...choices], next }
  }
  if (token === '{') {
    const { choices, next } = alternatives(all, at + 1, values)
    return { choices: [...choices, ...pairs(choices)], next }
  }
  return { choices: valueOf(token, values).map((value) => [value]), next: at + 1 }
}

function alternatives(all: readonly string[], from: number, values: Values): Read {
  const choices: Choice[] = []
  let at = from
  for (;;) {
    const read = sequence(all, at, values)
    choices.push(...read.choices)
    at = read.next + 1
    if (all[read.next] !== '|') return { choices, next: at }
  }
}

/** Two neighbouring options together, as `ge 16 le 24`. */
function pairs(choices: readonly Choice[]): readonly Choice[] {
  return choices.slice(1).map((choice, i) => [...(choices[i] ?? []), ...choice])
}

function valueOf(token: string, values: Values): readonly string[] {
  const range = /^\((-?\d+)-(\d+)\)$/.exec(token)
  if (range !== null) return [numberIn(Number(range[1]), Number(range[2]))]
  return /^[A-Z]/.test(token) ? values(token) : [token]
}

/** A number that is no default of FRR's where the range leaves a choice. */
function numberIn(low: number, high: number): string {
  const preferred = [77, 7, 3]
  return String(preferred.find((number) => number >= low && number <= high) ?? high)
}
