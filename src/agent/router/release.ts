import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { releaseFrr } from '../../core/frr/plan/release.js'
import { releaseRoutes } from '../../core/frr/static/plan.js'
import type { Have, Step } from '../../core/model/plan.js'
import { releaseLinks } from '../../core/links/release.js'
import { doSteps, readHave } from './steps.js'
import type { StateStore } from '../state/state-store.js'
import type { RouterPorts } from './ports.js'
import { describeStep } from '../../core/router/describe.js'

/**
 * Removes every mark of demarc's from the router and saves FRR's configuration. The intent is deleted
 * first, so that an agent that restarts half-way does not take the router over again. Steps that are done
 * when another fails stay done: marks do not affect traffic, and a second release finishes the rest.
 * The value is the steps that were done.
 */
export async function releaseRouter(
  ports: RouterPorts,
  store: Pick<StateStore, 'lastGood' | 'forget'>,
): Promise<Result<readonly Step[]>> {
  const have = await readHave(ports)
  const unread = unreadable(have, store)
  if (unread !== null) return refused(unread)
  await store.forget()
  const steps = releaseSteps(have)
  const failed = await doSteps(steps, ports)
  if (failed !== null) return refused(failed)
  // Linux 6.1 accepts another protocol for an IPv4 address and keeps the old one: nothing more can be done there.
  const left = releaseSteps(await readHave(ports)).filter(({ do: act }) => act !== 'address-mark')
  if (left.length > 0) {
    return refused(...left.map((step) => fault('READ_BACK_MISMATCH', step.do, describeStep(step))))
  }
  const unsaved = steps.some((step) => step.do === 'frr') ? await ports.frr.save() : null
  return unsaved === null ? ok(steps) : refused(unsaved)
}

/** While bgpd cannot be read, neighbours that it has would keep demarc's marks. */
function unreadable({ frr }: Have, store: Pick<StateStore, 'lastGood'>): Fault | null {
  const hasBgp = store.lastGood()?.intent.attachments.some(({ bgp = [] }) => bgp.length > 0)
  if (frr.bgpd !== null || hasBgp !== true) return null
  return frr.faults.find(({ at }) => at === 'bgpd') ?? fault('FRR_UNAVAILABLE', 'bgpd')
}

/** FRR first, so that no session of demarc's is ever seen on a link that is not demarc's. */
function releaseSteps(have: Have): readonly Step[] {
  const { frr } = have
  return [
    ...releaseFrr(frr),
    ...releaseRoutes(frr),
    ...releaseLinks(have.links, have.vrfRules),
  ].map(({ step }) => step)
}
