import { attempt } from '../../core/base/attempt.js'
import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { nextGeneration } from '../../core/change/admission.js'
import type { Intent } from '../../core/wire/intent.js'
import type { StateStore } from './state-store.js'

/** An intent to push again for `demarc rollback`. */
interface PreviousIntent {
  readonly intent: Intent
  /** The lowest generation under which the router takes it. */
  readonly nextGeneration: number
}

/** The intent of a generation that was in force before; without a generation, the newest of them. */
export async function previousIntent(
  store: Pick<StateStore, 'previous' | 'lastGood' | 'rolledBack'>,
  asked: number | undefined,
): Promise<Result<PreviousIntent>> {
  const generations = await store.previous.generations()
  const generation = asked ?? generations[0]
  const found = await attempt(async () =>
    generation === undefined ? undefined : store.previous.read(generation),
  )
  if (!found.ok) return found
  if (found.value === undefined) {
    return refused(fault('INTENT_UNKNOWN', 'generation', notKept(generation, generations)))
  }
  const known = { lastGood: store.lastGood()?.ref ?? null, rolledBack: store.rolledBack() }
  return ok({ intent: found.value.intent, nextGeneration: nextGeneration(known) })
}

function notKept(generation: number | undefined, generations: readonly number[]): string {
  if (generations.length === 0) return 'no other intent was in force before the present one'
  return `generation ${generation} is not kept; those that are: ${generations.join(', ')}`
}
