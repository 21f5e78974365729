import { fault, type Fault } from '../../../src/core/base/fault.js'
import {
  ADDRESS_PROTOCOL,
  type BondOptions,
  type HaveAddress,
  type HaveLink,
  type LinkSysctl,
  type VlanDetail,
  vlanSlot,
} from '../../../src/core/model/link.js'
import { isOurs } from '../../../src/core/model/own-link.js'
import type { InterfaceAddress } from '../../../src/core/model/names.js'
import type { KernelStep, LinkSettings, NewLink } from '../../../src/core/model/plan.js'
import type { Applied } from '../../../src/edge/kernel/apply/apply.js'
import type { Kernel } from '../../../src/edge/kernel/kernel.js'
import { forgetState, setBridgeOptions } from './fake-bridge.js'
import { setModes, VIRTUAL_MODES } from './fake-modes.js'
import { Refusal } from './fake-rules.js'
import { FakeTables, isTableStep } from './fake-tables.js'

/** What `net.*.conf.default` holds unless a test says otherwise. */
export const PLAIN_SYSCTL: LinkSysctl = { rpFilter: 0, forwarding4: false, forwarding6: false }

/** A link that can change, with what the kernel remembers besides. */
type Entry = { -readonly [Key in keyof HaveLink]: HaveLink[Key] } & {
  /** MTU from before it joined a bond. */
  ownMtu: number
  /** Whether a bridge keeps its MTU (BROPT_MTU_SET_BY_USER) or follows its members. */
  keepsMtu: boolean
  /** Whether a bond was given its MAC address (NET_ADDR_SET) or takes that of its first port. */
  keepsMac: boolean
}

/** Options of a bond that the kernel changes only while the bond is down. */
const NEED_DOWN: readonly (keyof BondOptions)[] = [
  'lacpRate',
  'lacpActive',
  'adSelect',
  'userPortKey',
]

export interface FakeKernel extends Pick<Kernel, 'read' | 'apply'> {
  /** One step at once; null when it is done. */
  readonly applyNow: (step: KernelStep) => Fault | null
  readonly links: () => readonly HaveLink[]
  /** Every address becomes one that a person added. */
  readonly forgetOwners: () => void
}

/** A MAC address for each name. */
function macOf(name: string): string {
  let hash = 0
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 2 ** 32
  const octets = hash.toString(16).padStart(8, '0').match(/../g) ?? []
  return ['02', '00', ...octets].join(':')
}

/** An Ethernet port as it is found: down, with the usual MTU. */
export function fakePort(name: string, over: Partial<HaveLink> = {}): HaveLink {
  const isPort = (over.detail ?? { kind: 'port' }).kind === 'port'
  return {
    ...(isPort && { modes: VIRTUAL_MODES }),
    index: 0,
    name,
    detail: { kind: 'port' },
    alias: null,
    mtu: 1500,
    up: false,
    carrier: true,
    master: null,
    mac: macOf(name),
    addresses: [],
    sysctl: PLAIN_SYSCTL,
    ...over,
  }
}

/**
 * A kernel that keeps state, does what Linux does of its own accord, and refuses what Linux
 * refuses. `kernel-contract.ts` holds it to the real one. Link-local addresses, carrier and MAC
 * addresses are left out.
 */
export function fakeKernel(start: readonly HaveLink[] = [], defaults = PLAIN_SYSCTL): FakeKernel {
  const kernel = new KernelLinks(start, defaults)

  /** A refused step leaves nothing behind. */
  function applyNow(step: KernelStep): Fault | null {
    const before = kernel.snapshot()
    try {
      kernel.perform(step)
      return null
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      kernel.restore(before)
      const subject = typeof step.link === 'string' ? step.link : step.link.name
      return fault('KERNEL_REFUSED', subject, `the kernel refused to ${step.do}: ${error.message}`)
    }
  }

  function applyAll(steps: readonly KernelStep[]): Applied {
    for (const [done, step] of steps.entries()) {
      const refused = applyNow(step)
      if (refused !== null) return { done, fault: refused }
    }
    return { done: steps.length, fault: null }
  }

  const links = () => kernel.links()
  return {
    read: () =>
      Promise.resolve({ links: links(), sysctlDefaults: defaults, ...kernel.tables.all() }),
    apply: (steps) => Promise.resolve(applyAll(steps)),
    applyNow,
    links,
    forgetOwners: () => kernel.forgetOwners(),
  }
}

/** The links of the kernel, and what each step does to them. Throws a {@link Refusal}. */
class KernelLinks {
  readonly #table = new Map<string, Entry>()
  readonly #defaults: LinkSysctl
  readonly tables = new FakeTables()

  constructor(start: readonly HaveLink[], defaults: LinkSysctl) {
    this.#defaults = defaults
    for (const link of start) {
      const index = link.index || this.#table.size + 1
      this.#table.set(link.name, {
        ...link,
        index,
        ownMtu: link.mtu,
        keepsMtu: false,
        keepsMac: false,
      })
    }
    for (const link of this.#table.values()) {
      const members = this.#membersOf(link.name)
      link.keepsMtu = members.length > 0 && link.mtu !== smallestMtu(members)
    }
  }

  #mark({ link, address, to }: Extract<KernelStep, { do: 'address-mark' }>): void {
    markAddress(this.#need(link), address, to)
  }

  forgetOwners(): void {
    for (const link of this.#table.values()) {
      link.addresses = link.addresses.map(({ address }) => marked(address, 0))
    }
  }

  links(): readonly HaveLink[] {
    return [...this.#table.values()].map(withoutMemory).map(withOwners)
  }

  snapshot(): readonly (readonly [string, Entry])[] {
    return [...this.#table].map(([name, entry]) => [name, { ...entry }])
  }

  restore(snapshot: readonly (readonly [string, Entry])[]): void {
    this.#table.clear()
    for (const [name, entry] of snapshot) this.#table.set(name, entry)
  }

  #need(name: string, otherwise = 'ENODEV'): Entry {
    const found = this.#table.get(name)
    if (found === undefined) throw new Refusal(otherwise)
    return found
  }

  #vlansOn(name: string): readonly Entry[] {
    return [...this.#table.values()].filter(
      ({ detail }) => detail.kind === 'vlan' && detail.parent === name,
    )
  }

  #membersOf(name: string): readonly Entry[] {
    return [...this.#table.values()].filter(({ master }) => master === name)
  }

  #lower(link: Entry): void {
    if (!link.up) return
    link.up = false
    forgetState(link)
    flushIpv6(link)
    for (const vlan of this.#vlansOn(link.name)) this.#lower(vlan)
  }

  #raise(link: Entry): void {
    if (link.up) return
    const { detail } = link
    if (detail.kind === 'vlan' && !this.#need(detail.parent).up) throw new Refusal('ENETDOWN')
    link.up = true
    for (const vlan of this.#vlansOn(link.name)) this.#raise(vlan)
  }

  #setMtu(link: Entry, mtu: number): void {
    const { detail } = link
    if (detail.kind === 'vlan' && mtu > this.#need(detail.parent).mtu) throw new Refusal('ERANGE')
    if (link.mtu === mtu) return
    link.mtu = mtu
    link.keepsMtu = true
    settleIpv6(link, this.#defaults)
    if (detail.kind === 'bond')
      for (const member of this.#membersOf(link.name)) this.#setMtu(member, mtu)
    for (const vlan of this.#vlansOn(link.name)) if (vlan.mtu > mtu) this.#setMtu(vlan, mtu)
    this.#followMembers(link.master)
  }

  /** `br_mtu_auto_adjust()` of net/bridge/br_if.c. */
  #followMembers(name: string | null): void {
    const bridge = this.#table.get(name ?? '')
    if (bridge?.detail.kind !== 'bridge' || bridge.keepsMtu) return
    this.#setMtu(bridge, smallestMtu(this.#membersOf(bridge.name)))
    bridge.keepsMtu = false
  }

  #setMaster(link: Entry, name: string | null): void {
    if (link.master === name) return
    const master = name === null ? null : this.#need(name, 'EINVAL')
    if (link.master !== null) this.#leave(link)
    if (master !== null) this.#join(link, master)
  }

  #join(link: Entry, master: Entry): void {
    const { kind } = master.detail
    if (kind !== 'bond' && kind !== 'bridge' && kind !== 'vrf') throw new Refusal('EOPNOTSUPP')
    if (kind === 'bond' && link.up) throw new Refusal('EPERM')
    link.master = master.name
    if (kind === 'vrf') this.#cycle(link)
    this.#followMembers(link.master)
    if (kind !== 'bond') return
    if (this.#membersOf(master.name).length === 1 && !master.keepsMac) master.mac = link.mac
    link.permanentMac = link.mac
    link.mac = master.mac
    link.ownMtu = link.mtu
    this.#setMtu(link, master.mtu)
    this.#raise(link)
  }

  #leave(link: Entry): void {
    const master = this.#need(link.master ?? '')
    const { detail, name } = master
    const { kind } = detail
    link.master = null
    delete link.bridgePort
    if (kind === 'vrf') this.#cycle(link)
    this.#followMembers(name)
    if (kind !== 'bond') return
    link.mac = link.permanentMac ?? link.mac
    delete link.permanentMac
    if (this.#membersOf(name).length === 0 && !master.keepsMac) master.mac = macOf(name)
    this.#lower(link)
    this.#setMtu(link, link.ownMtu)
  }

  #cycle(link: Entry): void {
    if (!link.up) return
    this.#lower(link)
    this.#raise(link)
  }

  #add(link: NewLink): void {
    if (this.#table.has(link.name)) throw new Refusal('EEXIST')
    const entry = { ...this.#newEntry(link), index: this.#nextIndex() }
    this.#table.set(link.name, entry)
    try {
      if (link.up) this.#raise(entry)
      this.#setMaster(entry, link.master)
    } catch (error) {
      this.#table.delete(link.name)
      throw error
    }
  }

  #nextIndex(): number {
    return Math.max(0, ...[...this.#table.values()].map(({ index }) => index)) + 1
  }

  #newEntry(link: NewLink): Entry {
    const { name, detail, alias, mac } = link
    if (detail.kind === 'port') throw new Refusal('EOPNOTSUPP')
    if (detail.kind === 'vrf' && detail.table === 0) throw new Refusal('EINVAL')
    const mtu = detail.kind === 'vlan' ? this.#vlanMtu(link, detail.parent) : (link.mtu ?? 1500)
    if (detail.kind === 'vlan' && this.#vlansOn(detail.parent).some(isSlot(detail))) {
      throw new Refusal('EEXIST')
    }
    const entry = {
      ...fakePort(name, { detail: settled(detail) }),
      alias,
      mtu,
      ownMtu: mtu,
      keepsMtu: false,
      keepsMac: mac !== undefined,
      ...(mac !== undefined && { mac }),
    }
    settleIpv6(entry, this.#defaults)
    return { ...entry, sysctl: { ...this.#defaults, forwarding6: entry.sysctl.forwarding6 } }
  }

  #vlanMtu(link: NewLink, parent: string): number {
    const limit = this.#need(parent).mtu
    if (link.mtu !== null && link.mtu > limit) throw new Refusal('EINVAL')
    return link.mtu ?? limit
  }

  #remove(name: string): void {
    const { master } = this.#need(name)
    for (const member of this.#membersOf(name)) this.#leave(member)
    for (const vlan of this.#vlansOn(name)) this.#remove(vlan.name)
    this.#table.delete(name)
    this.#followMembers(master)
  }

  #set(link: Entry, to: LinkSettings): void {
    if (to.up === false) this.#lower(link)
    if (to.bond !== undefined) link.detail = withBond(link, to.bond)
    setBridgeOptions(link, this.#table.get(link.master ?? ''), to)
    if (to.mtu !== undefined && to.mtu !== null) this.#setMtu(link, to.mtu)
    if (to.alias !== undefined) link.alias = to.alias
    this.#setMac(link, to.mac)
    if (to.master !== undefined) this.#setMaster(link, to.master)
    if (to.up === true) this.#raise(link)
  }

  #setMac(link: Entry, mac: string | undefined): void {
    if (mac === undefined) return
    link.mac = mac
    if (link.detail.kind !== 'bond') return
    for (const member of this.#membersOf(link.name)) member.mac = mac
  }

  perform(step: KernelStep): void {
    if (isTableStep(step)) return this.tables.change(step)
    switch (step.do) {
      case 'link-add':
        return this.#add(step.link)
      case 'link-delete':
        return this.#remove(step.link.name)
      case 'link-set':
        return this.#set(this.#need(step.link), step.to)
      case 'address-add':
        return addAddress(this.#need(step.link), step.address)
      case 'address-delete':
        return deleteAddress(this.#need(step.link), step.address)
      case 'address-mark':
        return this.#mark(step)
      case 'link-modes-set':
        return setModes(this.#need(step.link), step.to)
      case 'sysctl-set':
        return setSysctl(this.#need(step.link), step.to)
    }
  }
}

function setSysctl(link: Entry, to: Partial<LinkSysctl>): void {
  if (typeof to.forwarding6 === 'boolean' && !hasIpv6(link)) throw new Refusal('ENOENT')
  link.sysctl = { ...link.sysctl, ...to }
}

const isSlot =
  (wanted: VlanDetail) =>
  ({ detail }: Entry): boolean =>
    detail.kind === 'vlan' && vlanSlot(detail) === vlanSlot(wanted)

function withoutMemory(entry: Entry): HaveLink {
  const { ownMtu: _own, keepsMtu: _mtu, keepsMac: _mac, ...link } = entry
  return link
}

/** As the kernel edge reads it: a mark counts on links of demarc's and on ports. */
export function withOwners(link: HaveLink): HaveLink {
  const may = isOurs(link) || link.detail.kind === 'port'
  const addresses = link.addresses.map((held) => ({
    ...held,
    owned: may && held.protocol === ADDRESS_PROTOCOL,
  }))
  return { ...link, addresses }
}

/** `br_mtu_min()`; an empty bridge has 1500. */
function smallestMtu(members: readonly Entry[]): number {
  return members.length === 0 ? 1500 : Math.min(...members.map(({ mtu }) => mtu))
}

/** The least MTU of IPv6 (RFC 8200 section 5): below it the kernel takes it off the link. */
const hasIpv6 = ({ mtu }: Entry): boolean => mtu >= 1280

function settleIpv6(link: Entry, defaults: LinkSysctl): void {
  const { forwarding6 } = link.sysctl
  if (!hasIpv6(link)) {
    link.sysctl = { ...link.sysctl, forwarding6: null }
    flushIpv6(link)
  } else if (forwarding6 === null) {
    link.sysctl = { ...link.sysctl, forwarding6: defaults.forwarding6 }
  }
}

function flushIpv6(link: Entry): void {
  link.addresses = link.addresses.filter(({ address }) => !address.includes(':'))
}

/** IPv6 knows an address once whatever its length; IPv4 once for each length. */
function addAddress(link: Entry, address: InterfaceAddress): void {
  const same = (held: string) =>
    address.includes(':') ? held.split('/')[0] === address.split('/')[0] : held === address
  if (link.addresses.some((held) => same(held.address))) throw new Refusal('EEXIST')
  link.addresses = [...link.addresses, marked(address, ADDRESS_PROTOCOL)]
}

function marked(address: InterfaceAddress, protocol: number): HaveAddress {
  return { address, protocol, owned: protocol === ADDRESS_PROTOCOL }
}

function markAddress(link: Entry, address: InterfaceAddress, protocol: number): void {
  const held = link.addresses.some((one) => one.address === address)
  if (!held) addAddress(link, address)
  link.addresses = link.addresses.map((one) =>
    one.address === address ? marked(address, protocol) : one,
  )
}

/** As with `promote_secondaries` 1, which demarc's sysctl file sets: others of the subnet stay. */
function deleteAddress(link: Entry, address: InterfaceAddress): void {
  const kept = link.addresses.filter((held) => held.address !== address)
  if (kept.length === link.addresses.length) throw new Refusal('EADDRNOTAVAIL')
  link.addresses = kept
}

function withBond(link: Entry, options: Partial<BondOptions>): HaveLink['detail'] {
  const { detail } = link
  if (detail.kind !== 'bond') throw new Refusal('EOPNOTSUPP')
  if (link.up && NEED_DOWN.some((option) => options[option] !== undefined))
    throw new Refusal('EBUSY')
  const miimon = options.miimon ?? detail.options.miimon
  const delayed = options.upDelay !== undefined || options.downDelay !== undefined
  if (miimon === 0 && delayed) throw new Refusal('EPERM')
  // Delays are kept as so many polls: they stretch with the interval, and are rounded to it.
  const stretch = (delay: number) =>
    detail.options.miimon === 0 ? 0 : (delay / detail.options.miimon) * miimon
  const { upDelay, downDelay } = detail.options
  const scaled = { ...detail.options, upDelay: stretch(upDelay), downDelay: stretch(downDelay) }
  return settled({ kind: 'bond', options: { ...scaled, ...options } })
}

/** Checks what the kernel checks of a bond, and rounds its delays. A new bridge has the kernel's defaults. */
function settled(detail: NewLink['detail']): NewLink['detail'] {
  if (detail.kind === 'bridge') return { kind: detail.kind, stp: detail.stp }
  if (detail.kind !== 'bond') return detail
  const { options } = detail
  const { miimon, systemPriority, systemId, userPortKey } = options
  const multicast = systemId !== null && Number.parseInt(systemId.slice(0, 2), 16) % 2 === 1
  if (systemPriority < 1 || userPortKey > 1023 || multicast) throw new Refusal('EINVAL')
  const rounded = (delay: number) => (miimon === 0 ? 0 : delay - (delay % miimon))
  const { upDelay, downDelay } = options
  return {
    kind: 'bond',
    options: { ...options, upDelay: rounded(upDelay), downDelay: rounded(downDelay) },
  }
}
