import { ADDRESS_PROTOCOL, type HaveAddress, type HaveLink } from '../model/link.js'
import type { Line } from '../model/names.js'
import type { KernelStep, PlannedStep } from '../model/plan.js'
import { asIfname } from './steps/ledger.js'

/** Marks that a link and its addresses get; nothing but the marks changes, and no packet notices. */
export interface Marks {
  readonly alias: string | null
  /** Of each address: the protocol it gets. */
  readonly protocolOf: (held: HaveAddress) => number
}

/** The link as it is once it has the marks. */
export function marked(link: HaveLink, marks: Marks): HaveLink {
  const addresses = link.addresses.map((held) => {
    const protocol = marks.protocolOf(held)
    return { ...held, protocol, owned: protocol === ADDRESS_PROTOCOL }
  })
  return { ...link, alias: marks.alias, addresses }
}

const STACK: readonly string[] = ['vrf', 'bridge', 'bond', 'vlan', 'port', 'other']

/**
 * What others stand in or on is marked before them, and the other way round when marks go: a link of
 * demarc's is then never in something that is not.
 */
export function mastersFirst(a: HaveLink, b: HaveLink): number {
  const rank = ({ detail }: HaveLink) => STACK.indexOf(detail.kind)
  return rank(a) - rank(b)
}

/** The steps between a link and the same one with other marks. */
export function markSteps(from: HaveLink, to: HaveLink): readonly PlannedStep<KernelStep>[] {
  const link = asIfname(from.name)
  const labels = from.alias === to.alias ? [] : [labelStep(from, to)]
  const marks = from.addresses.flatMap(({ address, protocol }, i): PlannedStep<KernelStep>[] => {
    const next = to.addresses[i]?.protocol ?? protocol
    if (next === protocol) return []
    return [
      { step: { do: 'address-mark', link, address, to: next, from: protocol }, impact: 'none' },
    ]
  })
  return [...labels, ...marks]
}

/** Every alias of the kernel's is a valid one in the step that gives it back. */
function labelStep(from: HaveLink, to: HaveLink): PlannedStep<KernelStep> {
  const alias = (link: HaveLink) => ({ alias: link.alias as Line | null })
  const step = {
    do: 'link-set',
    link: asIfname(from.name),
    to: alias(to),
    from: alias(from),
  } as const
  return { step, impact: 'none' }
}
