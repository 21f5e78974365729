import { attempt, attemptFault } from '../../core/base/attempt.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { PortModes } from './ethtool/link-modes.js'
import type { NetlinkSocket } from './netlink/socket.js'
import { applySteps, type Applied } from './apply/apply.js'
import { inverseOf } from './apply/inverse.js'
import { recordMarks, type MarkRecord } from './read/mark-record.js'

/** What steps are applied through. */
export interface StepSinks {
  readonly route: NetlinkSocket
  readonly modes: Pick<PortModes, 'set'>
  readonly record: MarkRecord
}

/**
 * Applies steps in order, and records the marks that the kernel does not take. Where that fails, the first mark and
 * everything after it is reverted.
 */
export async function applyAll(steps: readonly KernelStep[], sinks: StepSinks): Promise<Applied> {
  const applied = await applyUnrecorded(steps, sinks)
  const inEffect = steps.slice(0, applied.done)
  const marks = inEffect.filter((step) => step.do === 'address-mark')
  if (marks.length === 0) return applied
  const fault = await attemptFault(() => recordMarks(sinks.route, marks, sinks.record))
  if (fault === null) return applied
  const done = inEffect.findIndex((step) => step.do === 'address-mark')
  await applyUnrecorded(inEffect.slice(done).toReversed().map(inverseOf), sinks)
  return { done, fault }
}

/** Link modes go to ethtool one by one, the steps between them to the kernel's tables together. */
async function applyUnrecorded(
  steps: readonly KernelStep[],
  { route, modes }: Omit<StepSinks, 'record'>,
): Promise<Applied> {
  let done = 0
  while (done < steps.length) {
    const next = steps[done]
    const rest = steps.slice(done)
    const end = rest.findIndex(({ do: act }) => act === 'link-modes-set')
    const applied =
      next?.do === 'link-modes-set'
        ? await setModes(next, modes)
        : await applySteps(route, end === -1 ? rest : rest.slice(0, end))
    done += applied.done
    if (applied.fault !== null) return { done, fault: applied.fault }
  }
  return { done, fault: null }
}

async function setModes(
  step: Extract<KernelStep, { do: 'link-modes-set' }>,
  modes: Pick<PortModes, 'set'>,
): Promise<Applied> {
  const set = await attempt(() => modes.set(step))
  const found = set.ok ? set.value : (set.faults[0] ?? null)
  return { done: found === null ? 1 : 0, fault: found }
}
