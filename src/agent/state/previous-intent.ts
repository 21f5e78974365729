import { fault, FaultError } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { nextGeneration } from '../../core/change/admission.js'
import type { Intent } from '../../core/wire/intent.js'
import type { StateStore } from './state-store.js'

/** What `demarc rollback` goes back to. */
interface FormerIntent {
  readonly intent: Intent
  readonly nextGeneration: number
}

/** The intent of a generation that was in force before; without one, of the newest of them. */
export async function previousIntent(
  memory: StateStore,
  asked: number | undefined,
): Promise<Result<FormerIntent>> {
  const kept = await memory.previous.generations()
  const generation = asked ?? kept[0]
  try {
    const found = generation === undefined ? undefined : await memory.previous.read(generation)
    if (found === undefined) {
      return refused(fault('INTENT_UNKNOWN', 'generation', notKept(generation, kept)))
    }
    const known = { lastGood: memory.lastGood()?.ref ?? null, rolledBack: memory.rolledBack() }
    return ok({ intent: found.intent, nextGeneration: nextGeneration(known) })
  } catch (error) {
    if (error instanceof FaultError) return refused(error.fault)
    throw error
  }
}

function notKept(generation: number | undefined, kept: readonly number[]): string {
  if (kept.length === 0) return 'no intent was in force before the one that is'
  return `generation ${generation} is not kept; those that are: ${kept.join(', ')}`
}
