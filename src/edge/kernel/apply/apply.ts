import { FaultError, type Fault } from '../../../core/base/fault.js'
import { inverseOf } from '../../../core/model/inverse.js'
import type { KernelStep } from '../../../core/model/plan.js'
import { requestsOf } from './requests.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { dumpAddressMessages, dumpNames } from '../read/links.js'
import { refusal } from './refusal.js'
import { messagesOf, batchesOf, type StepTask } from './batches.js'
import { writeSysctl } from '../messages/sysctl.js'

/**
 * How far a list of steps came. The first `done` steps are in effect and nothing else is, whatever
 * was in flight when one was refused; `fault` says why step number `done` (from 0) was refused.
 */
export interface Applied {
  readonly done: number
  readonly fault: Fault | null
}

/** EIO: a file that could not be written for a reason without an errno. */
const UNKNOWN = 5

/** Tasks in the sends they go out in. */
interface Batches {
  readonly sends: readonly (readonly StepTask[])[]
  readonly freeGroup: number
}

/** The first refused task of a send, and those from it on that the kernel did nevertheless. */
interface Refused {
  readonly task: StepTask
  readonly fault: Fault
  readonly overshoot: readonly StepTask[]
}

/**
 * Applies in order, many steps in one send, to the same end as if one by one. When the kernel stops
 * answering, what was in flight is unknown and counts as not done.
 */
export async function applySteps(
  socket: NetlinkSocket,
  steps: readonly KernelStep[],
): Promise<Applied> {
  let done = 0
  try {
    if (steps.length === 0) return { done, fault: null }
    const { sends, freeGroup } = await prepare(socket, steps)
    for (const tasks of sends) {
      const refused = await send(socket, tasks, freeGroup)
      if (refused !== null) {
        done = refused.task.place
        await takeBack(socket, refused.overshoot)
        return { done, fault: refused.fault }
      }
      done += tasks.length
    }
    return { done, fault: null }
  } catch (error) {
    if (error instanceof FaultError) return { done, fault: error.fault }
    throw error
  }
}

async function prepare(socket: NetlinkSocket, steps: readonly KernelStep[]): Promise<Batches> {
  const { indexes, freeGroup } = await dumpNames(socket)
  const marks = steps.some((step) => step.do === 'address-mark')
  const deeds = requestsOf(
    steps,
    indexes,
    marks ? await dumpAddressMessages(socket) : () => undefined,
  )
  const tasks = steps.flatMap((step, place) => {
    const deed = deeds[place]
    return deed === undefined ? [] : [{ place, step, deed }]
  })
  return { sends: batchesOf(tasks), freeGroup }
}

async function send(
  socket: NetlinkSocket,
  tasks: readonly StepTask[],
  freeGroup: number,
): Promise<Refused | null> {
  const errands = messagesOf(tasks, freeGroup)
  const errnos = await socket.batch(errands.map((errand) => errand.request))
  const refusals = new Map<StepTask, number>()
  const accepted = new Set<StepTask>()
  for (const [place, { task }] of errands.entries()) {
    const errno = errnos[place] ?? 0
    if (errno === 0) accepted.add(task)
    else if (!refusals.has(task)) refusals.set(task, errno)
  }
  for (const [place, task] of tasks.entries()) {
    const errno = refusals.get(task) ?? writeFiles(task, accepted)
    if (errno === 0) continue
    const overshoot = tasks.slice(place).filter((later) => accepted.has(later))
    return { task, fault: refusal(task.step, errno), overshoot }
  }
  return null
}

/** The errno of the first file that could not be written, or 0. */
function writeFiles(task: StepTask, accepted: Set<StepTask>): number {
  try {
    for (const file of task.deed.files) {
      writeSysctl(file)
      accepted.add(task)
    }
    return 0
  } catch (error) {
    return Math.abs((error as NodeJS.ErrnoException).errno ?? UNKNOWN)
  }
}

/** What must not have happened is taken back, last first; what then is refused was not there. */
async function takeBack(socket: NetlinkSocket, overshoot: readonly StepTask[]): Promise<void> {
  for (const { step } of overshoot.toReversed()) {
    const { sends, freeGroup } = await prepare(socket, [inverseOf(step)])
    for (const tasks of sends) await send(socket, tasks, freeGroup)
  }
}
