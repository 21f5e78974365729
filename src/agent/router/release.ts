import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { releaseFrr } from '../../core/frr/plan/release.js'
import type { Have, Step } from '../../core/model/plan.js'
import { releaseLinks } from '../../core/links/release.js'
import { doSteps, readHave } from './steps.js'
import type { StateStore } from '../state/state-store.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from '../../core/router/describe.js'

/**
 * Takes every mark of demarc's off the router, saves FRR's configuration, and forgets the intent
 * before it begins: a restart half-way must not want back what was given away. What was done when a
 * step fails stays done: marks carry no traffic, and doing it again finishes the rest.
 */
export async function releaseRouter(
  ports: RouterPorts,
  memory: StateStore,
): Promise<Result<readonly Step[]>> {
  const have = await readHave(ports)
  const unread = unreadable(have, memory)
  if (unread !== null) return refused(unread)
  await memory.forget()
  const steps = stepsBack(have)
  const failed = await doSteps(steps, ports)
  if (failed !== null) return refused(failed)
  const left = stepsBack(await readHave(ports))
  if (left.length > 0) {
    return refused(...left.map((step) => fault('READ_BACK_MISMATCH', step.do, describeStep(step))))
  }
  const unsaved = steps.some((step) => step.do === 'frr') ? await ports.frr.save() : null
  return unsaved === null ? ok(steps) : refused(unsaved)
}

/** Neighbours that bgpd keeps but cannot show now would still be demarc's. */
function unreadable({ frr }: Have, memory: StateStore): Fault | null {
  const speaksBgp = memory.lastGood()?.intent.attachments.some(({ bgp = [] }) => bgp.length > 0)
  if (frr.bgpd !== null || speaksBgp !== true) return null
  return frr.faults.find(({ at }) => at === 'bgpd') ?? fault('FRR_UNAVAILABLE', 'bgpd')
}

/** FRR first: it must not look like a session of demarc's on a link of somebody else's. */
function stepsBack(have: Have): readonly Step[] {
  return [...releaseFrr(have.frr), ...releaseLinks(have.links)].map(({ step }) => step)
}
