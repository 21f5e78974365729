import * as z from 'zod'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import { cutText } from '../../core/wire/limits.js'
import { IntentRef } from '../../core/wire/messages.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** An intent, and its generation and digest. */
export interface KeptIntent {
  readonly ref: IntentRef
  readonly intent: Intent
}

const KeptIntentFile = z.strictObject({ ref: IntentRef, intent: z.unknown() })

/** Characters of what the parser found wrong; the file's name and the remedy follow it. */
const DETAIL_MAX = 200

/**
 * The intent in a state file; undefined where there is no such file. Rejects with `STATE_DAMAGED`, which
 * names the file, where it holds something else.
 */
export async function readKept(files: StateFiles, name: string): Promise<KeptIntent | undefined> {
  const stored = await readShape(files, name, KeptIntentFile)
  if (stored === undefined) return undefined
  const intent = parseIntent(stored.intent)
  if (!intent.ok) throw new FaultError(damaged(name, intent.faults[0]?.message ?? ''))
  return { ref: stored.ref, intent: intent.value }
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

function damaged(name: string, detail: string): Fault {
  const remedy = 'move it aside; demarc then starts without it'
  const message = `is not what demarc wrote (${cutText(detail, DETAIL_MAX)}); ${remedy}`
  return fault('STATE_DAMAGED', name, message)
}
