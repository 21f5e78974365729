import type { KernelStep } from '../../../core/model/plan.js'
import type { StepRequests } from './requests.js'
import { deleteGroup, moveToGroup } from '../messages/link-requests.js'
import type { Request } from '../netlink/socket.js'

/**
 * Messages in one send. Each may be refused, a refusal takes up to 2,304 octets of the receive
 * queue (212,992 by default), and a queue that overflows would abort the process.
 */
const MESSAGES_PER_SEND = 60

/** A step with its deed and its place in the list. */
export interface StepTask {
  readonly place: number
  readonly step: KernelStep
  readonly deed: StepRequests
}

/** One message, and the task whose failure its refusal is. */
export interface BatchMessage {
  readonly task: StepTask
  readonly request: Request
}

/** Splits into sends, each without the settings of links that it deletes anyway. */
export function batchesOf(tasks: readonly StepTask[]): readonly (readonly StepTask[])[] {
  const all: StepTask[][] = []
  let current: StepTask[] = []
  let messages = 0
  for (const task of tasks) {
    if (messages + task.deed.requests.length > MESSAGES_PER_SEND) {
      all.push(current)
      current = []
      messages = 0
    }
    current.push(task)
    messages += task.deed.requests.length
  }
  return [...all, current].map(withoutMoot)
}

/** A plan puts settings back before it deletes a link, so that the way back finds them. */
function withoutMoot(tasks: readonly StepTask[]): readonly StepTask[] {
  const deleted = new Set<string>()
  const kept = tasks.toReversed().map((task) => {
    const { step } = task
    if (step.do === 'link-add') deleted.delete(step.link.name)
    if (step.do === 'link-delete') deleted.add(step.link.name)
    const moot = step.do === 'sysctl-set' && deleted.has(step.link)
    return moot ? { ...task, deed: { ...task.deed, requests: [], files: [] } } : task
  })
  return kept.reverse()
}

/**
 * The messages of one send. VLANs deleted one after the other are put into `freeGroup` and deleted
 * together: the kernel then waits once for all of them for every processor to let go, which takes
 * 30 times less than waiting for each.
 */
export function messagesOf(tasks: readonly StepTask[], freeGroup: number): readonly BatchMessage[] {
  const errands: BatchMessage[] = []
  let run: StepTask[] = []
  const closeRun = () => {
    const [first] = run
    if (first !== undefined && run.length > 1) {
      errands.push(
        ...run.map((task) => ({ task, request: moveToGroup(task.deed.link, freeGroup) })),
      )
      errands.push({ task: first, request: deleteGroup(freeGroup) })
    } else {
      errands.push(...run.flatMap(plainErrands))
    }
    run = []
  }
  for (const task of tasks) {
    if (isVlanDelete(task)) {
      run.push(task)
    } else if (task.deed.requests.length > 0) {
      closeRun()
      errands.push(...plainErrands(task))
    }
  }
  closeRun()
  return errands
}

function isVlanDelete({ step }: StepTask): boolean {
  return step.do === 'link-delete' && step.link.detail.kind === 'vlan'
}

function plainErrands(task: StepTask): readonly BatchMessage[] {
  return task.deed.requests.map((request) => ({ task, request }))
}
