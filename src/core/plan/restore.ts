import { ok, refused, type Result } from '../base/result.js'
import type { HaveLink, WantLink } from '../model/link.js'
import { isKernelStep, type FrrPlan, type Have, type Plan, type Step } from '../model/plan.js'
import { isOurs } from './landscape.js'
import { joinPlan } from './join.js'
import { asIfname } from './ledger.js'
import { planLinks } from './links.js'
import type { Line } from '../model/names.js'

/** The links that steps of a plan name; of those that are not demarc's, only these are ever restored. */
export function touchedLinks(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(
    steps.filter(isKernelStep).map(({ link }) => (typeof link === 'string' ? link : link.name)),
  )
}

/**
 * What was there as if it were wanted: demarc's links, and of the others those that were touched,
 * or in which the planner would see something of demarc's that nobody wants.
 */
export function asWanted(
  before: readonly HaveLink[],
  touched: ReadonlySet<string>,
): readonly WantLink[] {
  const ours = new Set(before.filter(isOurs).map(({ name }) => name))
  return before
    .filter(
      ({ name, master, addresses }) =>
        ours.has(name) ||
        touched.has(name) ||
        ours.has(master ?? '') ||
        addresses.some(({ owned }) => owned),
    )
    .map(wantAgain)
}

function wantAgain(link: HaveLink): WantLink {
  const ours = isOurs(link)
  return {
    name: asIfname(link.name),
    detail: ours ? link.detail : { kind: 'port' },
    alias: ours ? (link.alias as Line) : null,
    mtu: link.mtu,
    up: link.up,
    master: link.master === null ? null : asIfname(link.master),
    addresses: link.addresses.filter(({ owned }) => owned).map(({ address }) => address),
    sysctl: link.sysctl,
  }
}

/**
 * The way back to `before` from wherever a change was left, planned from what is there now: it
 * needs no record of which steps were done, and planning it once more after it was done gives
 * nothing. `frr` is the way back of FRR's half.
 */
export function planBack(
  before: Have,
  now: Have,
  touched: ReadonlySet<string>,
  frr: FrrPlan,
): Result<Plan> {
  const links = planLinks(asWanted(before.links, touched), now.links, now.sysctlDefaults)
  if (!links.ok) return refused(...links.faults)
  return ok(joinPlan(links.value, frr, [], speaksBgp(before)))
}

/** Whether FRR must hear of links before their addresses: somebody may have a session there. */
function speaksBgp({ frr }: Have): boolean {
  return frr.bgpd?.some(({ line }) => line.startsWith('router bgp ')) ?? false
}
