import * as z from 'zod'
import { cutText, TEXT_LIMITS } from './limits.js'
import { Digest, Generation, instant, openWord, RouterId, text } from './message-fields.js'

/**
 * Who asked. `user`: a user of the router, on its local socket. `hub`: the hub that the agent dialled.
 * `token`: the holder of a token of the hub's API. `router`: an agent at its hub. `agent`: the agent
 * itself.
 */
const ACTOR_KINDS = ['user', 'hub', 'token', 'router', 'agent'] as const

const Actor = z
  .object({
    kind: openWord(ACTOR_KINDS, 'What kind of caller it was.'),
    name: text(
      256,
      'Name of the caller: the user, the URL of the hub, the name or the first 12 digits of the SHA-256 of the token, the id of the router. Empty where it is not known.',
    ),
    uid: z.int().min(0).describe('User id of a local caller, where it is known.').optional(),
  })
  .describe('Who asked.')

/**
 * How it ended. `done`: what was asked is done, or a change has begun. `refused`: nothing was done.
 * `failed`: it began and did not succeed. The others are ends of a change.
 */
const AUDIT_OUTCOMES = ['done', 'refused', 'failed', 'confirmed', 'rolled-back', 'stuck'] as const

/**
 * One line of an audit file of an agent or a hub: who did what, from where, and how it ended. It never holds
 * a secret. Unknown members are ignored, so that an older program reads what a newer one wrote.
 */
export const AuditRecord = z
  .object({
    at: instant('When it happened'),
    actor: Actor,
    from: text(
      256,
      'Where the caller was: the path of the local socket, an address with its port, a URL.',
    ),
    action: text(
      128,
      'What was asked: a method such as `intent.push`, an HTTP request such as `PUT /v1/routers/ID/intent`, or a word such as `hub.connect`.',
    ),
    router: RouterId.nullable().describe('The router that it is about; null: none.'),
    change: text(64, 'Name of the change.').optional(),
    generation: Generation.optional(),
    digest: Digest.optional(),
    outcome: openWord(AUDIT_OUTCOMES, 'How it ended.'),
    code: text(64, 'The code of the first fault where it did not succeed.').optional(),
    detail: text(1024, 'More for people, such as the message of the first fault.').optional(),
  })
  .describe('Who did what, from where, and how it ended.')

/** The parameters of `show.audit`. */
export const AuditParams = z
  .object({
    limit: z.int().min(1).max(1000).describe('The most records to return.').default(100),
  })
  .describe('How many records are wanted.')

/** Its answer. */
export const AuditResult = z
  .object({ records: z.array(AuditRecord).describe('The records, the newest last.') })
  .describe('Who asked the agent for what, from where, and how it ended.')

export type AuditActor = z.output<typeof Actor>
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number]
export type AuditRecord = z.output<typeof AuditRecord>

/** What a record says of the faults that ended a request: the first of them; nothing where there is none. */
export function auditReason(
  faults: readonly { readonly code: string; readonly at: string; readonly message: string }[],
): Pick<AuditRecord, 'code' | 'detail'> {
  const [first] = faults
  if (first === undefined) return {}
  const detail = cutText(`${first.at}: ${first.message}`, TEXT_LIMITS.sentence)
  return { code: first.code, detail }
}
