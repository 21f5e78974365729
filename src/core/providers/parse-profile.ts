import { fault, type Fault } from '../base/fault.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { checkShape } from '../base/shape.js'
import { parseToml } from '../toml/toml-file.js'
import { readDocument } from '../wire/intent-parse.js'
import { contradictions } from './contradictions.js'
import { profileSchema, type Profile } from './profile.js'

/** Reads the profile of a provider from a text, TOML where the file is called so, else JSON; `file` is how faults name it. */
export function parseProfile(text: string, file: string): Result<Profile> {
  const document = file.endsWith('.toml') ? readToml(text, file) : readDocument(text, file)
  if (!document.ok) {
    return refused(...document.faults.map(({ at, message }) => wrong(at, message)))
  }
  const checked = checkShape(profileSchema, document.value)
  if (!checked.ok) {
    return refused(
      ...checked.faults.map(({ path, message }) =>
        wrong([file, pathText(path)].filter((part) => part !== '').join(': '), message),
      ),
    )
  }
  const found = contradictions(checked.value)
  return found.length > 0
    ? refused(...found.map(({ at, message }) => wrong(`${file}: ${at}`, message)))
    : ok(checked.value)
}

/** TOML has no null, so an open end of a range is written as `-inf` or `inf`. */
function readToml(text: string, file: string): Result<unknown> {
  const document = parseToml(text, file)
  return document.ok ? ok(withOpenEnds(document.value)) : document
}

function withOpenEnds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withOpenEnds)
  if (value === Infinity || value === -Infinity) return null
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withOpenEnds(one)]))
}

function wrong(at: string, message: string): Fault {
  return fault('PROVIDER_PROFILE', at, message)
}
