import { fault, type Fault } from '../base/fault.js'
import { pathText } from '../base/quote.js'
import { ok, refused, type Result } from '../base/result.js'
import { checkShape } from '../base/shape.js'
import { readDocument } from '../wire/intent-parse.js'
import { contradictions } from './contradictions.js'
import { profileSchema, type Profile } from './profile.js'

/** Reads the profile of a provider from a JSON text; `file` is how faults name it. */
export function parseProfile(text: string, file: string): Result<Profile> {
  const document = readDocument(text, file)
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

function wrong(at: string, message: string): Fault {
  return fault('PROVIDER_PROFILE', at, message)
}
