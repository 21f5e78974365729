import type { Fault } from '../../core/base/fault.js'
import { inverseOf } from '../../core/model/inverse.js'
import type { KernelStep } from '../../core/model/plan.js'
import { deedsOf, type Deed } from './deeds.js'
import type { NetlinkSocket } from './netlink/socket.js'
import type { Applied } from './port.js'
import { dumpNames } from './read.js'
import { refusal } from './refusal.js'
import { writeSysctl } from './sysctl.js'

/**
 * Messages in one send. Each may be refused, a refusal takes up to 2,304 octets of the receive
 * queue (212,992 by default), and a queue that overflows would abort the process.
 */
const MESSAGES_PER_SEND = 64

/** A step with its deed and its place in the list. */
interface Task {
  readonly place: number
  readonly step: KernelStep
  readonly deed: Deed
}

/** What became of the tasks of one send. */
interface Outcome {
  readonly refused: { readonly task: Task; readonly fault: Fault } | null
  /** From the refused one on: the tasks of which at least one message was accepted. */
  readonly overshoot: readonly Task[]
}

/** Applies in order, many steps in one send, to the same end as if one by one. */
export async function applySteps(
  socket: NetlinkSocket,
  steps: readonly KernelStep[],
): Promise<Applied> {
  if (steps.length === 0) return { done: 0, fault: null }
  for (const tasks of sends(await plan(socket, steps))) {
    const outcome = await send(socket, tasks)
    if (outcome.refused === null) continue
    await takeBack(socket, outcome.overshoot)
    return { done: outcome.refused.task.place, fault: outcome.refused.fault }
  }
  return { done: steps.length, fault: null }
}

async function plan(socket: NetlinkSocket, steps: readonly KernelStep[]): Promise<readonly Task[]> {
  const deeds = deedsOf(steps, await dumpNames(socket))
  return steps.flatMap((step, place) => {
    const deed = deeds[place]
    return deed === undefined ? [] : [{ place, step, deed }]
  })
}

/** Splits into sends. */
function sends(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const all: Task[][] = []
  let current: Task[] = []
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
  return [...all, current].map(withoutFilesOfDeleted)
}

/** Files wait for their send's messages, and a link that these delete has no files any more. */
function withoutFilesOfDeleted(tasks: readonly Task[]): readonly Task[] {
  const deleted = new Set<string>()
  const kept = tasks.toReversed().map((task) => {
    const { step, deed } = task
    if (step.do === 'link-add') deleted.delete(step.link.name)
    if (step.do === 'link-delete') deleted.add(step.link.name)
    const moot = step.do === 'sysctl-set' && deleted.has(step.link)
    return moot ? { ...task, deed: { ...deed, files: [] } } : task
  })
  return kept.reverse()
}

async function send(socket: NetlinkSocket, tasks: readonly Task[]): Promise<Outcome> {
  const errnos = await socket.batch(tasks.flatMap((task) => task.deed.requests))
  let at = 0
  const results = tasks.map((task) => {
    const own = errnos.slice(at, (at += task.deed.requests.length))
    return { task, errno: own.find((errno) => errno !== 0) ?? 0, accepted: own.includes(0) }
  })
  for (const [place, { task, errno }] of results.entries()) {
    const error = errno === 0 ? writeFiles(task) : errno
    if (error === 0) continue
    const later = results.slice(place).filter(({ accepted }) => accepted)
    const overshoot = later.map((result) => result.task)
    if (errno === 0 && !overshoot.includes(task)) overshoot.unshift(task)
    return { refused: { task, fault: refusal(task.step, error) }, overshoot }
  }
  return { refused: null, overshoot: [] }
}

/** The errno of the first file that could not be written, or 0. */
function writeFiles(task: Task): number {
  try {
    task.deed.files.forEach(writeSysctl)
    return 0
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    return Math.abs(errno ?? 5)
  }
}

/** What must not have happened is taken back, last first; what then is refused was not there. */
async function takeBack(socket: NetlinkSocket, overshoot: readonly Task[]): Promise<void> {
  for (const { step } of overshoot.toReversed()) {
    const tasks = await plan(socket, [inverseOf(step)])
    await send(socket, tasks)
  }
}
