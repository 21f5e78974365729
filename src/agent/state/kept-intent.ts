import * as z from 'zod'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { ok, type Result } from '../../core/base/result.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import { cutText } from '../../core/wire/limits.js'
import { IntentRef } from '../../core/wire/messages.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** An intent, and its generation and digest. */
export interface KeptIntent {
  readonly ref: IntentRef
  /** The document as it was written. */
  readonly intent: Intent
  /**
   * The intent with what the profiles of its providers filled in when it was taken; absent: nothing. It is kept, so
   * that other profiles change nothing on the router before the next push.
   */
  readonly effective?: Intent
}

/** What the router is made from. */
export function effectiveOf({ intent, effective }: KeptIntent): Intent {
  return effective ?? intent
}

/** An intent as the files of the state directory hold it. */
export const KeptIntentShape = z.strictObject({
  ref: IntentRef,
  intent: z.unknown(),
  effective: z.unknown().optional(),
})

/** The intent that such a file holds, or what is wrong with it. */
export function keptFrom(stored: z.output<typeof KeptIntentShape>): Result<KeptIntent> {
  const intent = parseIntent(stored.intent)
  if (!intent.ok) return intent
  const kept = { ref: stored.ref, intent: intent.value }
  if (stored.effective === undefined) return ok(kept)
  const effective = parseIntent(stored.effective)
  return effective.ok ? ok({ ...kept, effective: effective.value }) : effective
}

/** Characters of what the parser found wrong; the file's name and the remedy follow it. */
const DETAIL_MAX = 200

/**
 * The intent in a state file; undefined where there is no such file. Rejects with `STATE_DAMAGED`, which
 * names the file, where it holds something else.
 */
export async function readKept(files: StateFiles, name: string): Promise<KeptIntent | undefined> {
  const stored = await readShape(files, name, KeptIntentShape)
  if (stored === undefined) return undefined
  const kept = keptFrom(stored)
  if (!kept.ok) {
    const [first] = kept.faults
    throw new FaultError(damaged(name, first === undefined ? '' : `${first.at}: ${first.message}`))
  }
  return kept.value
}

/**
 * A state file of this shape; undefined where there is no such file. Rejects with `STATE_DAMAGED`, which
 * names the file, where it has another shape.
 */
export async function readShape<S extends z.ZodType>(
  files: StateFiles,
  name: string,
  shape: S,
): Promise<z.output<S> | undefined> {
  const text = await files.read(name)
  if (text === undefined) return undefined
  try {
    return shape.parse(JSON.parse(text))
  } catch (error) {
    throw new FaultError(damaged(name, error instanceof Error ? error.message : ''), error)
  }
}

const REMEDY =
  'if a newer demarc wrote it, install that one again; else move it aside; demarc then starts without it'

function damaged(name: string, detail: string): Fault {
  const message = `is not what this version of demarc writes (${cutText(detail, DETAIL_MAX)}); ${REMEDY}`
  return fault('STATE_DAMAGED', name, message)
}
