import { fault as faultOf, type Fault } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'
import { blockedBy, suppressDependents, type RepairFailure } from '../../core/change/drift.js'
import { isKernelStep, type FrrStep, type KernelStep, type Step } from '../../core/model/plan.js'
import { describeStep } from '../../core/router/describe.js'
import {
  byTarget,
  itemsOf,
  splitSuppressed,
  type DriftStep,
} from '../../core/router/drift-steps.js'
import type { RouterPorts } from '../router/ports.js'
import { doSteps } from '../router/steps.js'

/** How steps to FRR are typed. */
export type Typing =
  /** Each step as it is planned, which is quick. */
  | 'together'
  /** The part of each target alone, so that a refused line fails only its own target. */
  | 'apart'

/**
 * Targets that are typed apart from the start, so that it is known which of them FRR refuses, or which
 * ends a daemon. Each takes a connection of its own, which is too slow for a thousand neighbours.
 */
const TYPED_APART_MAX = 32

/** How a repair is first tried. */
export function typingOf(steps: readonly DriftStep[]): Typing {
  const targets = new Set(itemsOf(steps).flatMap((item) => item.targets))
  return targets.size <= TYPED_APART_MAX ? 'apart' : 'together'
}

/** What became of a repair. */
export interface Repaired {
  readonly failures: readonly RepairFailure[]
  /** FRR refused a line of a step with several targets: plan anew, and repeat it with `apart`. */
  readonly isMixed: boolean
}

/** Steps that are still to do, and what failed so far. */
interface Progress {
  readonly left: readonly DriftStep[]
  readonly failures: readonly RepairFailure[]
}

/**
 * Does the steps of a repair. A step that fails takes with it what depends on it, and nothing else: the
 * repair of one thing never waits for another. Throws no fault.
 */
export async function repairSteps(
  steps: readonly DriftStep[],
  ports: RouterPorts,
  typing: Typing,
): Promise<Repaired> {
  let progress: Progress = {
    left: typing === 'apart' ? steps.flatMap(byTarget) : steps,
    failures: [],
  }
  while (progress.left.length > 0) {
    const [first] = progress.left
    if (first === undefined) break
    if (isKernelStep(first.step)) {
      progress = await kernelBatch(progress, ports)
    } else {
      const failed = await doSteps([first.step], ports)
      if (failed?.code === 'FRR_REFUSED' && byTarget(first).length > 1) {
        return { failures: progress.failures, isMixed: true }
      }
      progress = await afterStep(progress, first, failed, ports)
    }
  }
  return { failures: progress.failures, isMixed: false }
}

/** Consecutive kernel steps go to the kernel together. */
async function kernelBatch({ left, failures }: Progress, ports: RouterPorts): Promise<Progress> {
  const batch: KernelStep[] = []
  for (const { step } of left) {
    if (!isKernelStep(step)) break
    batch.push(step)
  }
  const { done, fault } = await ports.kernel.apply(batch)
  if (fault === null) return { left: left.slice(batch.length), failures }
  const culprit = left[done]
  if (culprit === undefined) return { left: [], failures }
  return without(culprit, { left: left.slice(done + 1), failures }, { fault, endedDaemon: false })
}

async function afterStep(
  { left, failures }: Progress,
  first: DriftStep,
  fault: Fault | null,
  ports: RouterPorts,
): Promise<Progress> {
  const rest = { left: left.slice(1), failures }
  if (fault === null) return rest
  const endedDaemon = first.step.do === 'frr' && (await hasEnded(first.step, fault, ports))
  const found = endedDaemon ? endedBy(first.step, fault) : fault
  const after = without(first, rest, { fault: found, endedDaemon })
  // The daemon that went away refuses everything else that is for it as well.
  if (fault.code !== 'FRR_UNAVAILABLE' || first.step.do !== 'frr') return after
  const { daemon } = first.step
  return { ...after, left: after.left.filter(({ step }) => !isFor(step, daemon)) }
}

function isFor(step: Step, daemon: FrrStep['daemon']): boolean {
  return step.do === 'frr' && step.daemon === daemon
}

/** Notes the failure of a step, and leaves out what depends on it. */
function without(
  { items }: DriftStep,
  { left, failures }: Progress,
  failure: Omit<RepairFailure, 'keys'>,
): Progress {
  const keys = [...new Set(items.flatMap((item) => item.keys))]
  const targets = items.flatMap((item) => item.targets)
  const failed = blockedBy([{ fault: failure.fault, targets }])
  const { free } = splitSuppressed(left, suppressDependents(failed, itemsOf(left)))
  return { left: free, failures: [...failures, { keys, ...failure }] }
}

function endedBy(step: Step, { at, message }: Fault): Fault {
  const text = `it ended or stopped to answer (${message}) at: ${describeStep(step)}`
  return faultOf('FRR_REFUSED', at, text)
}

/** Time for zebra to answer a question without a wait. */
const ZEBRA_ANSWERS = millis(1000)

/**
 * Whether a daemon ended, or stopped to answer, because of what was typed. Where zebra is away as well, FRR
 * as a whole was stopped or restarted.
 */
async function hasEnded({ daemon }: FrrStep, fault: Fault, { frr }: RouterPorts): Promise<boolean> {
  if (fault.code !== 'FRR_UNAVAILABLE' || daemon === 'zebra') return false
  return (await frr.wait({ do: 'frr-wait', links: [], vrfs: [] }, ZEBRA_ANSWERS)) === null
}
