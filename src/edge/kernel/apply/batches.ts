import type { KernelStep } from '../../../core/model/plan.js'
import { deleteGroup, moveToGroup } from '../messages/link-requests.js'
import type { Request } from '../netlink/socket.js'
import type { StepRequests } from './requests.js'

/**
 * Messages in one batch. The kernel may refuse each of them, a refusal takes up to 2,304 octets of the
 * receive queue (212,992 by default), and a queue that overflows makes the package abort the process.
 */
const MESSAGES_PER_BATCH = 60

/** A step, its place in the list of steps, and what it asks of the kernel. */
export interface StepTask {
  readonly place: number
  readonly step: KernelStep
  readonly requests: StepRequests
}

/** One message of a batch. Its refusal is the failure of `task`. */
export interface BatchMessage {
  readonly task: StepTask
  readonly request: Request
}

/** Splits tasks into batches in their order. */
export function batchesOf(tasks: readonly StepTask[]): readonly (readonly StepTask[])[] {
  const full: StepTask[][] = []
  let current: StepTask[] = []
  let messages = 0
  for (const task of tasks) {
    const more = task.requests.messages.length
    if (messages + more > MESSAGES_PER_BATCH) {
      full.push(current)
      current = []
      messages = 0
    }
    current.push(task)
    messages += more
  }
  return [...full, current].map(withoutRedundant)
}

/**
 * Empties tasks that restore settings of a link which the same batch deletes later. A plan contains them
 * so that each step has an inverse; the kernel need not do them.
 */
function withoutRedundant(tasks: readonly StepTask[]): readonly StepTask[] {
  const deleted = new Set<string>()
  const kept = tasks.toReversed().map((task) => {
    const { step } = task
    if (step.do === 'link-add') deleted.delete(step.link.name)
    if (step.do === 'link-delete') deleted.add(step.link.name)
    const redundant = step.do === 'sysctl-set' && deleted.has(step.link)
    return redundant ? { ...task, requests: { ...task.requests, messages: [], files: [] } } : task
  })
  return kept.reverse()
}

/**
 * The messages of one batch. VLANs that are deleted one after the other are moved to `freeGroup` and
 * deleted with one message: the kernel then waits once for every processor to release them, which takes
 * a thirtieth of the time of waiting for each VLAN.
 */
export function messagesOf(tasks: readonly StepTask[], freeGroup: number): readonly BatchMessage[] {
  const messages: BatchMessage[] = []
  let deletions: StepTask[] = []
  const closeRun = () => {
    messages.push(...deletionMessages(deletions, freeGroup))
    deletions = []
  }
  for (const task of tasks) {
    if (isVlanDelete(task)) {
      deletions.push(task)
    } else if (task.requests.messages.length > 0) {
      closeRun()
      messages.push(...ownMessages(task))
    }
  }
  closeRun()
  return messages
}

function deletionMessages(tasks: readonly StepTask[], freeGroup: number): readonly BatchMessage[] {
  const [first] = tasks
  if (first === undefined || tasks.length === 1) return tasks.flatMap(ownMessages)
  return [
    ...tasks.map((task) => ({ task, request: moveToGroup(task.requests.link, freeGroup) })),
    { task: first, request: deleteGroup(freeGroup) },
  ]
}

function isVlanDelete({ step }: StepTask): boolean {
  return step.do === 'link-delete' && step.link.detail.kind === 'vlan'
}

function ownMessages(task: StepTask): readonly BatchMessage[] {
  return task.requests.messages.map((request) => ({ task, request }))
}
