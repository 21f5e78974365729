/** Written in the place of a secret. */
export const REDACTED = '[redacted]'

/** The last part of the names of members, settings and variables that have a secret as their value. */
export const SECRET_WORDS =
  '(?:pass(?:word|wd|phrase|code)|secret|token|authorization|cookie|sealed|(?:private|preshared|api|access|auth|secret)[_-]?key)s?'

const SECRET_NAME = new RegExp(`${SECRET_WORDS}$`, 'i')

/** Whether a member of this name has a secret as its value. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}
