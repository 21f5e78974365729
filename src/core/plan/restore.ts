import { ok, refused, type Result } from '../base/result.js'
import { ADDRESS_PROTOCOL, type HaveLink, type WantLink } from '../model/link.js'
import { isKernelStep, type FrrPlan, type Have, type Plan, type Step } from '../model/plan.js'
import type { Line } from '../model/names.js'
import { sameAtCreation } from './fate.js'
import { isLinkLocal, isOurs, type OwnLink } from './landscape.js'
import { joinPlan } from './join.js'
import { asIfname } from './ledger.js'
import { planLinks, type LinkPlan } from './links.js'
import { marked, markSteps, mastersFirst } from './mark.js'

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
function asWanted(before: readonly HaveLink[], touched: ReadonlySet<string>): readonly WantLink[] {
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
 * The way back of the links. What was taken over since is brought back as demarc's own, and its
 * marks go last: what is left half-way can still be told from what nobody touched.
 */
export function planLinksBack(
  before: readonly HaveLink[],
  now: Pick<Have, 'links' | 'sysctlDefaults'>,
  touched: ReadonlySet<string>,
): Result<LinkPlan> {
  const since = new Map(now.links.map((link) => [link.name, link]))
  const pairs = before.map((link) => ({ link, held: heldAs(link, since.get(link.name)) }))
  const want = asWanted(
    pairs.map(({ held }) => held),
    touched,
  )
  const plan = planLinks(want, now.links, now.sysctlDefaults)
  if (!plan.ok) return plan
  const marks = pairs
    .toSorted((a, b) => mastersFirst(b.link, a.link))
    .flatMap(({ link, held }) => markSteps(held, link))
  return ok({ ...plan.value, additions: [...plan.value.additions, ...marks] })
}

/**
 * A link with the marks it got since. An address of a link that was taken over may be gone for a
 * moment: the kernel takes those of IPv6 with a link that goes down.
 */
function heldAs(before: HaveLink, now: HaveLink | undefined): HaveLink {
  if (now === undefined) return before
  const given = isOurs(now) && !isOurs(before) && isSame(before, now)
  const since = new Map(now.addresses.map(({ address, owned }) => [address, owned]))
  return marked(before, {
    alias: given ? now.alias : before.alias,
    protocolOf({ address, protocol }) {
      const held = since.get(address) ?? (given && !isLinkLocal(address))
      return held ? ADDRESS_PROTOCOL : protocol
    },
  })
}

function isSame({ detail }: HaveLink, ours: OwnLink): boolean {
  return detail.kind !== 'other' && sameAtCreation(ours.detail, detail)
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
  const links = planLinksBack(before.links, now, touched)
  if (!links.ok) return refused(...links.faults)
  return ok(joinPlan(links.value, frr, [], speaksBgp(before)))
}

/** Whether FRR must hear of links before their addresses: somebody may have a session there. */
function speaksBgp({ frr }: Have): boolean {
  return frr.bgpd?.some(({ line }) => line.startsWith('router bgp ')) ?? false
}
