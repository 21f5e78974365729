import { attempt, attemptFault } from '../../core/base/attempt.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { PortModes } from './ethtool/link-modes.js'
import type { Protections } from './nftables/protections.js'
import type { NetlinkSocket } from './netlink/socket.js'
import { applySteps, type Applied } from './apply/apply.js'
import { inverseOf } from './apply/inverse.js'
import { recordMarks, type MarkRecord } from './read/mark-record.js'

/** What steps are applied through. */
export interface StepSinks {
  readonly route: NetlinkSocket
  readonly modes: Pick<PortModes, 'set'>
  readonly record: MarkRecord
  readonly protections: Pick<Protections, 'set'>
}

/** Steps that are not netlink requests to the kernel's tables. */
type SingleStep = Extract<KernelStep, { do: 'link-modes-set' | 'protection-set' }>

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

/** Link modes go to ethtool and limits to nft one by one, the steps between them together. */
async function applyUnrecorded(
  steps: readonly KernelStep[],
  sinks: Omit<StepSinks, 'record'>,
): Promise<Applied> {
  let done = 0
  while (done < steps.length) {
    const next = steps[done]
    const rest = steps.slice(done)
    const end = rest.findIndex(isSingle)
    const applied =
      next !== undefined && isSingle(next)
        ? await applySingle(next, sinks)
        : await applySteps(sinks.route, end === -1 ? rest : rest.slice(0, end))
    done += applied.done
    if (applied.fault !== null) return { done, fault: applied.fault }
  }
  return { done, fault: null }
}

function isSingle(step: KernelStep): step is SingleStep {
  return step.do === 'link-modes-set' || step.do === 'protection-set'
}

async function applySingle(
  step: SingleStep,
  { modes, protections }: Omit<StepSinks, 'record'>,
): Promise<Applied> {
  const set = await attempt(() =>
    step.do === 'protection-set' ? protections.set(step) : modes.set(step),
  )
  const found = set.ok ? set.value : (set.faults[0] ?? null)
  return { done: found === null ? 1 : 0, fault: found }
}
