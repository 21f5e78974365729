import type { BondOptions, HaveLink, WantLink } from '../../../src/core/model/link.js'
import { toIfname, toInterfaceAddress, toLine } from '../../../src/core/model/names.js'
import type { Ifname, InterfaceAddress, Line } from '../../../src/core/model/names.js'
import type { PlannedStep } from '../../../src/core/model/plan.js'
import { planLinks } from '../../../src/core/links/plan.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { address } from './worlds.js'

/** Links as an intent wants them and as the kernel shows them, and a plan in words. */

const OPTIONS: BondOptions = {
  lacpRate: 'fast',
  lacpActive: true,
  minLinks: 1,
  hash: 'layer3+4',
  adSelect: 'stable',
  miimon: 100,
  upDelay: 0,
  downDelay: 0,
  systemPriority: 65535,
  systemId: null,
  userPortKey: 0,
}
export const ifname = (text: string) => toIfname(text) as Ifname
export const line = (text: string) => toLine(text) as Line
export const at = (text: string) => toInterfaceAddress(text) as InterfaceAddress

export function want(name: string, over: Partial<WantLink> = {}): WantLink {
  return {
    name: ifname(name),
    detail: { kind: 'port' },
    alias: null,
    mtu: null,
    up: true,
    master: null,
    addresses: [],
    sysctl: null,
    ...over,
  }
}
export const vlan = (parent: string, vlanId: number) =>
  ({ kind: 'vlan', parent: ifname(parent), vlanId }) as const
export const attachment = (
  name: string,
  parent: string,
  vlanId: number,
  over: Partial<WantLink> = {},
) =>
  want(`${parent}.${vlanId}`, {
    detail: vlan(parent, vlanId),
    alias: line(`demarc attachment ${name}`),
    mtu: 1500,
    ...over,
  })
export const bond = (options: Partial<BondOptions> = {}) =>
  want('dl-par', {
    detail: { kind: 'bond', options: { ...OPTIONS, ...options } },
    alias: line('demarc connection dl-par'),
  })
export const member = (name: string) => want(name, { master: ifname('dl-par') })

/** As the kernel would show it once it is there. */
export function done(link: WantLink): HaveLink {
  const { name, detail, alias, up, master } = link
  return fakePort(name, {
    detail,
    alias,
    up,
    master,
    mtu: link.mtu ?? 1500,
    addresses: link.addresses.map((each) => address(each, true)),
    sysctl: link.sysctl ?? PLAIN_SYSCTL,
  })
}

export function planned(wanted: readonly WantLink[], have: readonly HaveLink[]) {
  const plan = planLinks(wanted, have, PLAIN_SYSCTL)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, removals, additions } = plan.value
  const steps = [...early, ...removals, ...additions]
  return { ...plan.value, steps, described: steps.map(describe) }
}

export function describe({ step }: PlannedStep): string {
  switch (step.do) {
    case 'link-add':
    case 'link-delete':
      return `${step.do} ${step.link.name}`
    case 'link-set':
      return `set ${step.link} ${JSON.stringify(step.to).replaceAll('"', '')}`
    case 'address-add':
    case 'address-delete':
      return `${step.do} ${step.link} ${step.address}`
    default:
      return step.do
  }
}
