import { fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { PASSWORD } from '../model/names.js'

/** The password in the text of its file; `at` is how faults name the file. */
export function parseSecret(text: string, at: string): Result<string> {
  const value = firstLine(text)
  const message = 'must be one line of 1-80 printable ASCII characters without blanks'
  return PASSWORD.test(value) ? ok(value) : refused(fault('CONFIG_VALUE', at, message))
}

/** The token in the text of its file. A router or a client of the API sends it in an HTTP header. */
export function parseToken(text: string, at: string): Result<string> {
  const value = firstLine(text)
  const message = 'must be one line of 16-256 printable ASCII characters without blanks'
  return /^[\x21-\x7e]{16,256}$/.test(value)
    ? ok(value)
    : refused(fault('CONFIG_VALUE', at, message))
}

/** The text without its last line break, which editors add. */
function firstLine(text: string): string {
  return text.replace(/\r?\n$/, '')
}
