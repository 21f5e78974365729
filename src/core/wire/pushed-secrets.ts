import * as z from 'zod'
import { PASSWORD, WORD } from '../model/names.js'
import { LIMITS } from './limits.js'

const password = 'one line of 1-80 printable ASCII characters without blanks'
const count = `at most ${LIMITS.secretsPerPush} names, each with its text`

/** Passwords by the names that the intent beside them uses. */
export const PushedSecrets = z
  .record(
    z.string().regex(WORD, 'the name of a secret'),
    z.string({ error: password }).regex(PASSWORD, password),
    { error: count },
  )
  .refine((secrets) => Object.keys(secrets).length <= LIMITS.secretsPerPush, count)

export type PushedSecrets = z.output<typeof PushedSecrets>
