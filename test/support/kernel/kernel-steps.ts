import type {
  BondOptions,
  LinkDetail,
  LinkModeSettings,
  LinkSysctl,
} from '../../../src/core/model/link.js'
import type { Ifname, InterfaceAddress, Line } from '../../../src/core/model/names.js'
import type { KernelStep, LinkSettings, NewLink } from '../../../src/core/model/plan.js'
import type { RuleFamily, RuleOwner } from '../../../src/core/model/vrf.js'

/** Short spellings of kernel steps for tests; names and addresses are taken as checked. */

export const BOND: BondOptions = {
  lacpRate: 'fast',
  lacpActive: true,
  minLinks: 1,
  hash: 'layer3+4',
  adSelect: 'stable',
  miimon: 100,
  upDelay: 200,
  downDelay: 100,
  systemPriority: 32768,
  systemId: null,
  userPortKey: 7,
}

export const bond = (over: Partial<BondOptions> = {}): LinkDetail => ({
  kind: 'bond',
  options: { ...BOND, ...over },
})

export const vlan = (parent: string, vlanId: number, tpid?: '0x88a8'): LinkDetail => ({
  kind: 'vlan',
  parent: parent as Ifname,
  vlanId,
  ...(tpid && { tpid }),
})

const newLink = (name: string, detail: LinkDetail, over: Partial<NewLink> = {}): NewLink => ({
  name: name as Ifname,
  detail,
  alias: `demarc test ${name}` as Line,
  mtu: null,
  up: true,
  master: null,
  ...over,
})

export const add = (name: string, detail: LinkDetail, over: Partial<NewLink> = {}): KernelStep => ({
  do: 'link-add',
  link: newLink(name, detail, over),
})

export const remove = (name: string, detail: LinkDetail): KernelStep => ({
  do: 'link-delete',
  link: newLink(name, detail),
})

/** `from` matters only to a restore. */
export const set = (
  link: string,
  to: Omit<LinkSettings, 'master'> & { master?: string | null },
  from: LinkSettings = {},
): KernelStep => ({ do: 'link-set', link: link as Ifname, to: to as LinkSettings, from })

export const give = (link: string, address: string): KernelStep => ({
  do: 'address-add',
  link: link as Ifname,
  address: address as InterfaceAddress,
})

export const take = (link: string, address: string): KernelStep => ({
  do: 'address-delete',
  link: link as Ifname,
  address: address as InterfaceAddress,
})

export const mark = (link: string, address: string, to: number, from = 0): KernelStep => ({
  do: 'address-mark',
  link: link as Ifname,
  address: address as InterfaceAddress,
  to,
  from,
})

export const tune = (
  link: string,
  to: Partial<LinkSysctl>,
  from: Partial<LinkSysctl> = {},
): KernelStep => ({ do: 'sysctl-set', link: link as Ifname, to, from })

/** Sets speed, duplex and auto-negotiation. */
export const modes = (link: string, to: LinkModeSettings): KernelStep => ({
  do: 'link-modes-set',
  link: link as Ifname,
  to,
  from: {},
})

/** Adds or removes demarc's rule that closes VRFs. */
export const rule = (what: 'add' | 'delete', family: RuleFamily): KernelStep => ({
  do: `vrf-rule-${what}`,
  link: 'blue' as Ifname,
  family,
})

export const markRule = (family: RuleFamily, to: RuleOwner, from: RuleOwner): KernelStep => ({
  do: 'vrf-rule-mark',
  link: 'blue' as Ifname,
  family,
  to,
  from,
})
