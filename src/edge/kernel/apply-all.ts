import { attempt } from '../../core/base/attempt.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { PortModes } from './ethtool/link-modes.js'
import type { NetlinkSocket } from './netlink/socket.js'
import { applySteps, type Applied } from './apply/apply.js'

/** What steps are applied through. */
export interface StepSinks {
  readonly route: NetlinkSocket
  readonly modes: Pick<PortModes, 'set'>
}

/** Applies steps in order. Link modes go to ethtool one by one, the steps between them to the kernel's tables together. */
export async function applyAll(
  steps: readonly KernelStep[],
  { route, modes }: StepSinks,
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
