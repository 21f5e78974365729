import { ADDRESS_PROTOCOL, type HaveAddress, type HaveLink } from '../model/link.js'
import { kernelName, type Line } from '../model/names.js'
import type { KernelStep, PlannedStep } from '../model/plan.js'

/** The marks of demarc on a link and its addresses. They change nothing about traffic. */
export interface Marks {
  readonly alias: string | null
  /** The protocol (IFA_PROTO) that an address gets. */
  readonly protocolOf: (held: HaveAddress) => number
}

/** The link with other marks. */
export function marked(link: HaveLink, marks: Marks): HaveLink {
  const addresses = link.addresses.map((held) => {
    const protocol = marks.protocolOf(held)
    return { ...held, protocol, owned: protocol === ADDRESS_PROTOCOL }
  })
  return { ...link, alias: marks.alias, addresses }
}

const MASTERS_FIRST: readonly string[] = ['vrf', 'bridge', 'bond', 'vlan', 'port', 'other']

/**
 * Sorts masters and parents before the links in or on them. Marks are set in this order and removed in
 * the opposite one, so that a link of demarc's is never in a foreign master.
 */
export function mastersFirst(a: HaveLink, b: HaveLink): number {
  const rank = ({ detail }: HaveLink) => MASTERS_FIRST.indexOf(detail.kind)
  return rank(a) - rank(b)
}

/** The steps from a link to the same link with other marks. */
export function markSteps(from: HaveLink, to: HaveLink): readonly PlannedStep<KernelStep>[] {
  const link = kernelName(from.name)
  const aliases = from.alias === to.alias ? [] : [aliasStep(from, to)]
  const addresses = from.addresses.flatMap(({ address, protocol }, i): typeof aliases => {
    const next = to.addresses[i]?.protocol ?? protocol
    if (next === protocol) return []
    return [
      { step: { do: 'address-mark', link, address, to: next, from: protocol }, impact: 'none' },
    ]
  })
  return [...aliases, ...addresses]
}

/** An alias that the kernel showed needs no check in the step that sets it again. */
function aliasStep(from: HaveLink, to: HaveLink): PlannedStep<KernelStep> {
  const alias = (link: HaveLink) => ({ alias: link.alias as Line | null })
  const step = {
    do: 'link-set',
    link: kernelName(from.name),
    to: alias(to),
    from: alias(from),
  } as const
  return { step, impact: 'none' }
}
