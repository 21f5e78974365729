import * as z from 'zod'
import { PASSWORD, WORD } from '../model/names.js'
import { LIMITS } from './limits.js'

const NAME = 'the name of a secret: 1-63 characters, letters, digits, ".", "_" and "-"'
const TEXT = 'one line of 1-80 printable ASCII characters without blanks'
const ALL = `an object of at most ${LIMITS.secretsPerPush} names, each with its text`

/** Passwords by the names that the intent beside them uses. */
export const PushedSecrets = z
  .record(z.string().regex(WORD, NAME), z.string({ error: TEXT }).regex(PASSWORD, TEXT), {
    error: ({ code }) => (code === 'invalid_type' ? ALL : undefined),
  })
  .refine((secrets) => Object.keys(secrets).length <= LIMITS.secretsPerPush, ALL)

export type PushedSecrets = z.output<typeof PushedSecrets>
