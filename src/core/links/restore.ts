import type { Result } from '../base/result.js'
import { withoutConflicts, type Draft } from '../model/drift.js'
import {
  ADDRESS_PROTOCOL,
  type HaveLink,
  type HaveProtections,
  type WantLink,
} from '../model/link.js'
import { isKernelStep, type Have, type Step } from '../model/plan.js'
import { kernelName, type Line } from '../model/names.js'
import { addressKey } from './survey/conflicts.js'
import { isSameCreation } from './survey/link-actions.js'
import { chosenMac, isLinkLocal, isOurs, type OwnLink } from '../model/own-link.js'
import { foreignAddresses } from './survey/link-index.js'
import { draftLinks, type LinkPlan } from './plan.js'
import { marked, markSteps, mastersFirst } from './mark.js'

type Before = Pick<Have, 'links' | 'vrfRules' | 'protections'>
type Now = Before & Pick<Have, 'sysctlDefaults'>

/** The links that steps of a plan name. Of the foreign links, only these are ever restored. */
function touchedLinks(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(
    steps.filter(isKernelStep).map(({ link }) => (typeof link === 'string' ? link : link.name)),
  )
}

/**
 * Turns the links of before into wanted ones: demarc's own, and those foreign ones that were touched, are
 * in a master of demarc's or have an address of demarc's.
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
    .map((link) => wantedAgain(link, chosenMac(link, before)))
}

function wantedAgain(link: HaveLink, mac: string | undefined): WantLink {
  const ours = isOurs(link)
  // The state of a port of a bridge is no configuration: the kernel sets it when the port comes up.
  const { state: _state, ...bridgePort } = link.bridgePort ?? {}
  return {
    name: kernelName(link.name),
    detail: ours ? link.detail : { kind: 'port' },
    alias: ours ? (link.alias as Line) : null,
    mtu: link.mtu,
    up: link.up,
    master: link.master === null ? null : kernelName(link.master),
    addresses: link.addresses.filter(({ owned }) => owned).map(({ address }) => address),
    sysctl: link.sysctl,
    bridgePort,
    ...(mac !== undefined && { mac }),
  }
}

/** A port gets its link modes of before again where the change set others. */
function withModes(link: WantLink, steps: readonly Step[]): WantLink {
  const set = steps.find((step) => step.do === 'link-modes-set' && step.link === link.name)
  if (set?.do !== 'link-modes-set' || Object.keys(set.from).length === 0) return link
  return { ...link, modes: set.from }
}

/** A bond gets its MAC address of before again where the change gave it another. */
function withMac(link: WantLink, steps: readonly Step[]): WantLink {
  const set = steps.find(
    (step) => step.do === 'link-set' && step.link === link.name && step.to.mac !== undefined,
  )
  const mac = set?.do === 'link-set' ? set.from.mac : undefined
  return mac === undefined || mac === '' ? link : { ...link, mac }
}

/** A link gets the limits of before; those that somebody had changed by hand are not known and go. */
function withProtection(link: WantLink, before: HaveProtections | undefined): WantLink {
  const held = before?.found.find(({ link: name }) => name === link.name)?.protection ?? null
  return held === null ? link : { ...link, protection: held }
}

function limitedLinks(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.flatMap((step) => (step.do === 'protection-set' ? [step.link] : [])))
}

/** Foreign addresses that existed before the change are no conflict for a return to it. */
function foreignIn(before: readonly HaveLink[]): ReadonlySet<string> {
  return new Set(
    before.flatMap((link) =>
      foreignAddresses(link).map((address) => addressKey(link.name, address)),
    ),
  )
}

/** Addresses that steps of a plan mark as demarc's, `p1 10.0.0.2/30`. */
function adoptedAddresses(steps: readonly Step[]): ReadonlySet<string> {
  const marks = steps.filter((step) => step.do === 'address-mark')
  return new Set(marks.map(({ link, address }) => addressKey(link, address)))
}

/**
 * Plans the links back to `before`, from any point of a change with these steps. A link that the change
 * adopted is first restored as demarc's own; its marks are removed last, so that a later plan can still
 * distinguish the links of a restore that stopped half-way from foreign ones.
 */
export function planLinksRestore(
  before: Before,
  now: Now,
  steps: readonly Step[],
): Result<LinkPlan> {
  return withoutConflicts(draftLinksRestore(before, now, steps))
}

/** As {@link planLinksRestore}, with a plan also where something foreign stands in the way. */
export function draftLinksRestore(
  { links: before, vrfRules, protections }: Before,
  now: Now,
  steps: readonly Step[],
): Draft<LinkPlan> {
  const adopted = adoptedAddresses(steps)
  const present = new Map(now.links.map((link) => [link.name, link]))
  const pairs = before.map((link) => ({
    link,
    held: withPresentMarks(link, present.get(link.name), adopted),
  }))
  const want = asWanted(
    pairs.map(({ held }) => held),
    touchedLinks(steps),
  )
    .map((link) => withMac(withModes(link, steps), steps))
    .map((link) => withProtection(link, protections))
  const terms = {
    accepted: foreignIn(before),
    protections: protections &&
      now.protections && { have: now.protections, touched: limitedLinks(steps) },
    vrfRules: vrfRules &&
      now.vrfRules && { have: now.vrfRules, before: vrfRules, mayCloseForeign: true },
  }
  const { plan, conflicts } = draftLinks(want, now.links, now.sysctlDefaults, terms)
  const marks = pairs
    .toSorted((a, b) => mastersFirst(b.link, a.link))
    .flatMap(({ link, held }) => markSteps(held, link))
  return { plan: { ...plan, additions: [...plan.additions, ...marks] }, conflicts }
}

/**
 * A link of before with the marks that it has now. An adopted address may be absent for a moment, because
 * the kernel flushes the IPv6 addresses of a link that goes down; it counts as marked.
 */
function withPresentMarks(
  before: HaveLink,
  now: HaveLink | undefined,
  adopted: ReadonlySet<string>,
): HaveLink {
  if (now === undefined) return before
  const isAdopted = isOurs(now) && !isOurs(before) && isSame(before, now)
  // Not `owned`: the link's own mark may be gone already, and the address has its mark still.
  const owned = new Map(
    now.addresses.map((held) => [held.address, held.protocol === ADDRESS_PROTOCOL]),
  )
  return marked(before, {
    alias: isAdopted ? now.alias : before.alias,
    protocolOf({ address, protocol, leased }) {
      if (leased === true) return protocol
      const absent =
        adopted.has(addressKey(before.name, address)) || (isAdopted && !isLinkLocal(address))
      return (owned.get(address) ?? absent) ? ADDRESS_PROTOCOL : protocol
    },
  })
}

function isSame({ detail }: HaveLink, ours: OwnLink): boolean {
  return detail.kind !== 'other' && isSameCreation(ours.detail, detail)
}
