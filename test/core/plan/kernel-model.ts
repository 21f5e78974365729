import type { BondOptions, HaveLink, LinkSysctl } from '../../../src/core/model/link.js'
import { ALIAS_MARK } from '../../../src/core/model/link.js'
import type { KernelStep, LinkSettings, NewLink } from '../../../src/core/model/plan.js'

type Entry = { -readonly [K in keyof HaveLink]: HaveLink[K] }
interface Box {
  link: Entry
  /** MTU before it was enslaved to a bond. */
  originalMtu: number
}

/** A kernel that keeps state, does what Linux does by itself, and refuses what Linux refuses. */
export function kernelModel(start: readonly HaveLink[], sysctlDefaults: LinkSysctl) {
  const links = new Map<string, Box>()
  let index = 1
  for (const link of start) {
    links.set(link.name, { link: { ...link }, originalMtu: link.mtu })
    index = Math.max(index, link.index + 1)
  }
  const need = (name: string): Box => {
    const box = links.get(name)
    if (box === undefined) throw new Error(`ENODEV ${name}`)
    return box
  }
  const all = () => [...links.values()].map(({ link }) => link)
  const stacked = (name: string) =>
    all().filter(({ detail }) => detail.kind === 'vlan' && detail.parent === name)
  const members = (name: string) => all().filter(({ master }) => master === name)

  function goDown(link: Entry): void {
    if (!link.up) return
    link.up = false
    link.addresses = link.addresses.filter(({ address }) => !address.includes(':'))
    for (const vlan of stacked(link.name)) goDown(vlan)
  }
  function goUp(link: Entry): void {
    if (link.up) return
    if (link.detail.kind === 'vlan' && !need(link.detail.parent).link.up) {
      throw new Error(`ENETDOWN ${link.name}`)
    }
    link.up = true
    for (const vlan of stacked(link.name)) goUp(vlan)
  }
  function setMtu(link: Entry, mtu: number): void {
    if (link.detail.kind === 'vlan' && mtu > need(link.detail.parent).link.mtu) {
      throw new Error(`ERANGE ${link.name} ${mtu}`)
    }
    link.mtu = mtu
    for (const vlan of stacked(link.name)) if (vlan.mtu > mtu) vlan.mtu = mtu
    if (link.detail.kind === 'bond') for (const member of members(link.name)) setMtu(member, mtu)
  }
  function setMaster(link: Entry, master: string | null): void {
    if (link.master === master) return
    if (link.master !== null) leave(link)
    if (master === null) return
    const to = need(master).link
    if (to.detail.kind === 'bond') {
      if (link.up) throw new Error(`EPERM ${link.name} is up`)
      need(link.name).originalMtu = link.mtu
      link.master = master
      setMtu(link, to.mtu)
      goUp(link)
    } else if (to.detail.kind === 'bridge') {
      link.master = master
    } else if (to.detail.kind === 'vrf') {
      link.master = master
      cycle(link)
    } else if (to.detail.kind === 'other') link.master = master
    else throw new Error(`EOPNOTSUPP ${master}`)
  }
  function cycle(link: Entry): void {
    if (!link.up) return
    goDown(link)
    goUp(link)
  }
  function leave(link: Entry): void {
    const from = need(link.master ?? '').link
    link.master = null
    if (from.detail.kind === 'bond') {
      goDown(link)
      setMtu(link, need(link.name).originalMtu)
    }
    if (from.detail.kind === 'vrf') cycle(link)
  }
  function add(link: NewLink): void {
    if (links.has(link.name)) throw new Error(`EEXIST ${link.name}`)
    const { detail } = link
    let mtu = link.mtu ?? (detail.kind === 'vrf' ? 65575 : 1500)
    if (detail.kind === 'port') throw new Error(`EOPNOTSUPP ${link.name}`)
    if (detail.kind === 'vlan') {
      const parent = need(detail.parent).link
      if (
        stacked(parent.name).some(
          ({ detail: d }) => d.kind === 'vlan' && d.vlanId === detail.vlanId,
        )
      ) {
        throw new Error(`EEXIST vlan ${detail.vlanId} on ${parent.name}`)
      }
      if (link.mtu !== null && link.mtu > parent.mtu) throw new Error(`EINVAL mtu ${link.name}`)
      mtu = link.mtu ?? parent.mtu
    }
    const entry: Entry = {
      index: index++,
      name: link.name,
      detail,
      alias: link.alias,
      mtu,
      up: false,
      carrier: false,
      master: null,
      mac: '02:00:00:00:00:01',
      addresses: [],
      sysctl: sysctlDefaults,
    }
    links.set(link.name, { link: entry, originalMtu: mtu })
    if (link.up) goUp(entry)
    if (link.master !== null) setMaster(entry, link.master)
  }
  function remove(name: string): void {
    need(name)
    for (const member of members(name)) leave(member)
    for (const vlan of stacked(name)) remove(vlan.name)
    links.delete(name)
  }
  function setBond(link: Entry, options: Partial<BondOptions>): void {
    if (link.detail.kind !== 'bond') throw new Error(`EOPNOTSUPP ${link.name}`)
    const down = ['lacpRate', 'lacpActive', 'adSelect', 'userPortKey'].some((key) => key in options)
    if (down && link.up) throw new Error(`EPERM ${link.name} ${Object.keys(options).join()}`)
    link.detail = { ...link.detail, options: { ...link.detail.options, ...options } }
  }

  function apply(step: KernelStep): void {
    if (step.do === 'link-add') return add(step.link)
    if (step.do === 'link-delete') {
      const { link } = need(step.link.name)
      if (!link.alias?.startsWith(ALIAS_MARK)) throw new Error(`foreign ${link.name} deleted`)
      return remove(step.link.name)
    }
    const { link } = need(step.link)
    if (step.do === 'link-set') return set(link, step.to)
    if (step.do === 'sysctl-set') return void (link.sysctl = { ...link.sysctl, ...step.to })
    if (step.do === 'address-add') {
      if (link.addresses.some(({ address }) => address === step.address)) {
        throw new Error(`EEXIST ${step.address}`)
      }
      link.addresses = [...link.addresses, { address: step.address, owned: true }]
      return
    }
    const held = link.addresses.find(({ address }) => address === step.address)
    if (held === undefined) throw new Error(`EADDRNOTAVAIL ${step.address}`)
    if (!held.owned) throw new Error(`foreign ${step.address} deleted`)
    link.addresses = link.addresses.filter((each) => each !== held)
  }
  function set(link: Entry, to: LinkSettings): void {
    if (to.alias !== undefined) link.alias = to.alias
    if (to.mtu !== undefined && to.mtu !== null) setMtu(link, to.mtu)
    if (to.bond !== undefined) setBond(link, to.bond)
    if (to.stp !== undefined && link.detail.kind === 'bridge') {
      link.detail = { ...link.detail, stp: to.stp }
    }
    if (to.master !== undefined) setMaster(link, to.master)
    if (to.up !== undefined) (to.up ? goUp : goDown)(link)
  }
  return {
    apply,
    read: (): readonly HaveLink[] => all().map((link) => ({ ...link })),
  }
}
