import * as z from 'zod'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { Intent } from '../../core/wire/intent.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import { IntentRef } from '../../core/wire/messages.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** An intent and what it is told by. */
export interface KeptIntent {
  readonly ref: IntentRef
  readonly intent: Intent
}

const KeptIntentFile = z.strictObject({ ref: IntentRef, intent: z.unknown() })

/** What a state file holds; undefined where there is none. One that is damaged is thrown by name. */
export async function readKept(files: StateFiles, name: string): Promise<KeptIntent | undefined> {
  const stored = await readShape(files, name, KeptIntentFile)
  if (stored === undefined) return undefined
  const intent = parseIntent(stored.intent)
  if (!intent.ok) throw new FaultError(damaged(name, intent.faults[0]?.message ?? ''))
  return { ref: stored.ref, intent: intent.value }
}

/**
 * A state file that demarc wrote; undefined where there is none. Rejects with `STATE_DAMAGED` where it
 * is not of the shape.
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
  return fault('STATE_DAMAGED', name, `not what demarc wrote (${detail.slice(0, 200)}); ${remedy}`)
}
