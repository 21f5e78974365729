import { pathText } from '../base/quote.js'
import { ok, type Result } from '../base/result.js'
import type { Intent } from '../wire/intent.js'
import { parseIntent } from '../wire/intent-parse.js'
import { fillIn } from './allowed.js'
import { linesOf, readingsOf, reasonAgainst, type ProfiledLine, type Profiles } from './lines.js'
import { member, type Path, type RuleValue } from './subjects/line.js'
import { SUBJECTS } from './subjects/subjects.js'

/** A value that a profile filled in. */
export interface Filled {
  readonly at: string
  /** The same place as keys. */
  readonly path: Path
  readonly value: RuleValue
  /** The id of the rule. */
  readonly rule: string
}

export interface Effective {
  /** The intent with what its providers fix; nothing that is written is changed. */
  readonly intent: Intent
  readonly filled: readonly Filled[]
}

interface Filling extends Filled {
  /** The value as the document has it. */
  readonly written: unknown
}

/** The intent with the values filled in that its providers fix and that it leaves out. */
export function effective(intent: Intent, profiles: Profiles): Result<Effective> {
  const all = linesOf(intent, profiles, new Map()).flatMap(fillings)
  // Two connections may fill the same key of the router: the first one counts.
  const first = new Map<string, Filling>()
  for (const filling of all) if (!first.has(filling.at)) first.set(filling.at, filling)
  const chosen = [...first.values()]
  if (chosen.length === 0) return ok({ intent, filled: [] })
  const draft: unknown = JSON.parse(JSON.stringify(intent))
  for (const { path, written } of chosen) put(draft, path, written)
  const checked = parseIntent(draft)
  const filled = chosen.map(({ at, path, value, rule }) => ({ at, path, value, rule }))
  return checked.ok ? ok({ intent: checked.value, filled }) : checked
}

function fillings(line: ProfiledLine): readonly Filling[] {
  const { region } = line.line.connection
  return line.profile.rules.flatMap((rule) => {
    const value = fillIn(rule, region)
    const { write } = SUBJECTS[rule.subject]
    if (value === undefined || write === undefined) return []
    if (reasonAgainst(line.line, rule) !== undefined) return []
    return readingsOf(line, rule)
      .filter(({ isWritten }) => !isWritten)
      .map(({ path }) => ({
        at: pathText(path),
        path,
        value,
        written: write(value),
        rule: rule.id,
      }))
  })
}

/** Sets a member of a document that is not shared with anybody; objects on the way to it are made. */
function put(document: unknown, path: Path, value: unknown): void {
  const parent = path.slice(0, -1)
  const key = path.at(-1)
  if (key === undefined) return
  if (member(document, ...parent) === undefined) put(document, parent, {})
  const home = member(document, ...parent)
  if (typeof home !== 'object' || home === null) return
  Object.defineProperty(home, key, { value, enumerable: true, writable: true, configurable: true })
}
