import { ok, type Result } from '../base/result.js'
import { ADDRESS_PROTOCOL, type HaveLink, type WantLink } from '../model/link.js'
import { isKernelStep, type Have, type Step } from '../model/plan.js'
import type { Line } from '../model/names.js'
import { addressKey } from './survey/conflicts.js'
import { isSameCreation } from './survey/link-actions.js'
import { isLinkLocal, isOurs, type OwnLink } from '../model/own-link.js'
import { foreignAddresses } from './survey/link-index.js'
import { asIfname } from './steps/ledger.js'
import { planLinks, type LinkPlan } from './plan.js'
import { marked, markSteps, mastersFirst } from './mark.js'

/** The links that steps of a plan name; of those that are not demarc's, only these are ever restored. */
function touchedLinks(steps: readonly Step[]): ReadonlySet<string> {
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

/** What was there beside demarc's own, however odd, is no obstacle on the way back to it. */
function foreignIn(before: readonly HaveLink[]): ReadonlySet<string> {
  return new Set(
    before.flatMap((link) =>
      foreignAddresses(link).map((address) => addressKey(link.name, address)),
    ),
  )
}

/** Addresses that steps of a plan take over, `p1 10.0.0.2/30`. */
function takenAddresses(steps: readonly Step[]): ReadonlySet<string> {
  const marks = steps.filter((step) => step.do === 'address-mark')
  return new Set(marks.map(({ link, address }) => addressKey(link, address)))
}

/**
 * The way back of the links. What was taken over since is brought back as demarc's own, and its
 * marks go last: what is left half-way can still be told from what nobody touched.
 */
export function planLinksRestore(
  before: readonly HaveLink[],
  now: Pick<Have, 'links' | 'sysctlDefaults'>,
  steps: readonly Step[],
): Result<LinkPlan> {
  const taken = takenAddresses(steps)
  const since = new Map(now.links.map((link) => [link.name, link]))
  const pairs = before.map((link) => ({ link, held: heldAs(link, since.get(link.name), taken) }))
  const want = asWanted(
    pairs.map(({ held }) => held),
    touchedLinks(steps),
  )
  const plan = planLinks(want, now.links, now.sysctlDefaults, { accepted: foreignIn(before) })
  if (!plan.ok) return plan
  const marks = pairs
    .toSorted((a, b) => mastersFirst(b.link, a.link))
    .flatMap(({ link, held }) => markSteps(held, link))
  return ok({ ...plan.value, additions: [...plan.value.additions, ...marks] })
}

/**
 * A link with the marks it got since. An address that was taken over, alone or with its link, may be
 * gone for a moment: the kernel takes those of IPv6 with a link that goes down.
 */
function heldAs(before: HaveLink, now: HaveLink | undefined, taken: ReadonlySet<string>): HaveLink {
  if (now === undefined) return before
  const given = isOurs(now) && !isOurs(before) && isSame(before, now)
  const since = new Map(now.addresses.map(({ address, owned }) => [address, owned]))
  return marked(before, {
    alias: given ? now.alias : before.alias,
    protocolOf({ address, protocol, leased }) {
      if (leased === true) return protocol
      const gone = taken.has(addressKey(before.name, address)) || (given && !isLinkLocal(address))
      const held = since.get(address) ?? gone
      return held ? ADDRESS_PROTOCOL : protocol
    },
  })
}

function isSame({ detail }: HaveLink, ours: OwnLink): boolean {
  return detail.kind !== 'other' && isSameCreation(ours.detail, detail)
}
