import { attempt } from '../../../core/base/attempt.js'
import type { Fault } from '../../../core/base/fault.js'
import { inverseOf } from './inverse.js'
import type { KernelStep } from '../../../core/model/plan.js'
import { writeSysctl } from '../messages/sysctl.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { dumpAddressMessages, dumpNames } from '../read/links.js'
import { batchesOf, messagesOf, type StepTask } from './batches.js'
import { refusal } from './refusal.js'
import { requestsOf } from './requests.js'

/**
 * How many steps of a list are in effect: the first `done`, and none of those after them, even where
 * later ones had already been sent. `fault` says why step number `done` (counted from 0) was refused.
 */
export interface Applied {
  readonly done: number
  readonly fault: Fault | null
}

/** EIO, for a file that could not be written for a reason without an errno. */
const UNKNOWN_ERRNO = 5

/** Steps as tasks, in the batches in which they are sent. */
interface Prepared {
  readonly batches: readonly (readonly StepTask[])[]
  readonly freeGroup: number
}

/** The first refused task of a batch. */
interface RefusedTask {
  readonly task: StepTask
  readonly fault: Fault
  /** Tasks from the refused one on of which the kernel has done at least a part. */
  readonly appliedBeyond: readonly StepTask[]
}

/**
 * Applies steps in order, many of them in one batch, with the same result as one by one. Where the
 * kernel stops answering, it is unknown which steps of the batch under way were applied; none of them is
 * counted as done.
 */
export async function applySteps(
  socket: NetlinkSocket,
  steps: readonly KernelStep[],
): Promise<Applied> {
  if (steps.length === 0) return { done: 0, fault: null }
  let done = 0
  const finished = await attempt(async () => {
    const { batches, freeGroup } = await prepare(socket, steps)
    for (const tasks of batches) {
      const refused = await send(socket, tasks, freeGroup)
      if (refused !== null) {
        done = refused.task.place
        await revert(socket, refused.appliedBeyond)
        return refused.fault
      }
      done += tasks.length
    }
    return null
  })
  return { done, fault: finished.ok ? finished.value : (finished.faults[0] ?? null) }
}

async function prepare(socket: NetlinkSocket, steps: readonly KernelStep[]): Promise<Prepared> {
  const { indexes, freeGroup } = await dumpNames(socket)
  const marks = steps.some((step) => step.do === 'address-mark')
  const addressMessage = marks ? await dumpAddressMessages(socket) : () => undefined
  const requests = requestsOf(steps, indexes, addressMessage)
  const tasks = steps.flatMap((step, place) => {
    const own = requests[place]
    return own === undefined ? [] : [{ place, step, requests: own }]
  })
  return { batches: batchesOf(tasks), freeGroup }
}

/** null: the kernel has done every task of the batch. */
async function send(
  socket: NetlinkSocket,
  tasks: readonly StepTask[],
  freeGroup: number,
): Promise<RefusedTask | null> {
  const messages = messagesOf(tasks, freeGroup)
  const errnos = await socket.batch(messages.map(({ request }) => request))
  const refusals = new Map<StepTask, number>()
  const accepted = new Set<StepTask>()
  for (const [place, { task }] of messages.entries()) {
    const errno = errnos[place] ?? 0
    if (errno === 0) accepted.add(task)
    else if (!refusals.has(task)) refusals.set(task, errno)
  }
  for (const [place, task] of tasks.entries()) {
    const errno = refusals.get(task) ?? writeFiles(task, accepted)
    if (errno === 0) continue
    const appliedBeyond = tasks.slice(place).filter((later) => accepted.has(later))
    return { task, fault: refusal(task.step, errno), appliedBeyond }
  }
  return null
}

/** The errno of the first file that could not be written, or 0. */
function writeFiles(task: StepTask, accepted: Set<StepTask>): number {
  try {
    for (const file of task.requests.files) {
      writeSysctl(file)
      accepted.add(task)
    }
    return 0
  } catch (error) {
    return Math.abs((error as NodeJS.ErrnoException).errno ?? UNKNOWN_ERRNO)
  }
}

/**
 * Applies the inverse of steps that must not have happened, the last first. A refusal is ignored: the
 * part of the step that it concerns had not been applied.
 */
async function revert(socket: NetlinkSocket, tasks: readonly StepTask[]): Promise<void> {
  for (const { step } of tasks.toReversed()) {
    const { batches, freeGroup } = await prepare(socket, [inverseOf(step)])
    for (const batch of batches) await send(socket, batch, freeGroup)
  }
}
