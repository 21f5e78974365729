import { fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { PASSWORD } from '../model/names.js'

/** A secret from its file's text; `at` names the file. */
export function parseSecret(text: string, at: string): Result<string> {
  const value = firstLine(text)
  const says = 'must be one line of 1-80 printable ASCII characters without blanks'
  return PASSWORD.test(value) ? ok(value) : refused(fault('CONFIG_VALUE', at, says))
}

/** A token that a router or an operator shows to the hub; it travels in an HTTP header. */
export function parseToken(text: string, at: string): Result<string> {
  const value = firstLine(text)
  const says = 'must be one line of 16-256 printable ASCII characters without blanks'
  return /^[\x21-\x7e]{16,256}$/.test(value) ? ok(value) : refused(fault('CONFIG_VALUE', at, says))
}

/** Editors end a file with a line break that is not part of the secret. */
function firstLine(text: string): string {
  return text.replace(/\r?\n$/, '')
}
