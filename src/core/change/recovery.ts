import type { Fault } from '../base/fault.js'
import { millis, type Millis } from '../base/time.js'
import { notConfirmed, UNCONFIRMED } from './change.js'

/** What the journal has of an unsettled change, as far as it decides how the change goes on. */
export interface Unsettled {
  readonly phase: 'applying' | 'provisional' | 'rolling-back' | 'stuck'
  readonly generation: number
  readonly digest: string
  /** The boot that `until` belongs to. */
  readonly bootId: string
  /** The deadline, on the monotonic clock of that boot. */
  readonly until: Millis
}

/** How an unsettled change goes on. */
export type Recovery =
  /** Its intent is the last good one already; only the journal is left to close. */
  | { readonly action: 'finish' }
  /** The deadline is ahead: query the witnesses again. */
  | { readonly action: 'resume' }
  /** Back to the router before the change; after a reboot, to the last good intent. */
  | { readonly action: 'roll-back'; readonly reasons: readonly Fault[] }

/** What a program knows when it finds an unsettled change. */
export interface RecoveryContext {
  readonly lastGood: { readonly generation: number; readonly digest: string } | null
  readonly bootId: string
  readonly now: Millis
}

/**
 * Decides how a program that finds an unsettled change goes on. The deadline is on the monotonic clock of
 * its own boot, so a step of the wall clock does not move it. A reboot ends the change, because the
 * witnesses were not watched meanwhile.
 */
export function recover(found: Unsettled, { lastGood, bootId, now }: RecoveryContext): Recovery {
  // A rollback goes on even if the intent is on the disk: the write that failed may have come that far.
  if (found.phase === 'rolling-back' || found.phase === 'stuck') {
    return { action: 'roll-back', reasons: [] }
  }
  if (lastGood?.generation === found.generation && lastGood.digest === found.digest) {
    return { action: 'finish' }
  }
  if (found.bootId !== bootId) return rollBack('the router restarted before it was confirmed')
  if (found.phase === 'applying') return rollBack('the agent stopped while it applied the change')
  return now >= found.until ? rollBack(UNCONFIRMED) : { action: 'resume' }
}

/** Time after the deadline from which on the agent counts as dead. */
const MARGIN = millis(15_000)
/** Uptime from which on an agent that has not settled the change of an earlier boot counts as dead. */
const BOOTED = millis(180_000)

/** Whether the agent should have settled the change long ago, so that another program rolls it back. */
export function isOverdue(
  found: Pick<Unsettled, 'bootId' | 'until'>,
  { bootId, now }: Pick<RecoveryContext, 'bootId' | 'now'>,
): boolean {
  const due = found.bootId === bootId ? found.until + MARGIN : BOOTED
  return now >= due
}

function rollBack(message: string): Recovery {
  return { action: 'roll-back', reasons: [notConfirmed(message)] }
}
