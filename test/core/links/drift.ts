import * as fc from 'fast-check'
import type { HaveAddress, HaveLink } from '../../../src/core/model/link.js'
import { isOurs } from '../../../src/core/model/own-link.js'
import { PLAIN_SYSCTL, withOwners } from '../../support/kernel/fake-kernel.js'
import { address } from './worlds.js'

/** Something that happened to one of our links, or to a member of one, behind demarc's back. */
export interface Drift {
  readonly place: number
  readonly kind: (typeof KINDS)[number]
  readonly number: number
}
const KINDS = [
  'bare',
  'addressed',
  'options',
  'relabelled',
  'down',
  'mtu',
  'loose',
  'sysctl',
] as const

export function arbitraryDrift(): fc.Arbitrary<Drift> {
  return fc.record({ place: fc.nat(20), kind: fc.constantFrom(...KINDS), number: fc.nat(1000) })
}

export function drifted(links: readonly HaveLink[], drift: Drift): readonly HaveLink[] {
  const ours = new Set(links.filter(isOurs).map(({ name }) => name))
  const near = links.filter(({ name, master }) => ours.has(name) || ours.has(master ?? ''))
  const fit = drift.kind === 'addressed' ? near.filter(isAddressed) : near
  const target = fit[drift.place % Math.max(1, fit.length)]
  if (target === undefined) return links
  return withVlans(links, change(target, drift)).map(withOwners)
}

function isAddressed(link: HaveLink): boolean {
  return link.addresses.some((held) => held.address.startsWith('10.'))
}

function withOtherOptions(link: HaveLink): HaveLink {
  const { detail } = link
  if (detail.kind !== 'bond') return link
  const options = { ...detail.options, minLinks: 0, lacpRate: 'slow' } as const
  return { ...link, detail: { ...detail, options } }
}

function change(link: HaveLink, { kind, number }: Drift): HaveLink {
  switch (kind) {
    case 'bare':
      return { ...link, addresses: [] }
    case 'addressed': {
      const [before, after] = [strangers(link, number), strangers(link, number + 1)]
      return { ...link, addresses: distinct([...before, ...link.addresses, ...after]) }
    }
    case 'options':
      return withOtherOptions(link)
    case 'relabelled':
      return relabelled(link)
    case 'down':
      return isVlan(link) ? { ...link, ...fallen(link) } : link
    case 'mtu':
      return withMtu(link, otherMtu(link))
    case 'loose':
      return { ...link, ...fallen(link), master: null }
    case 'sysctl':
      return { ...link, sysctl: { ...link.sysctl, rpFilter: 1 } }
  }
}

function relabelled(link: HaveLink): HaveLink {
  return isOurs(link) ? { ...link, alias: 'demarc attachment gone' } : link
}

const isVlan = (link: HaveLink): boolean => link.detail.kind === 'vlan'

/** With its MTU a link gets or loses IPv6. */
function withMtu(link: HaveLink, mtu: number): HaveLink {
  const forwarding6 = mtu < 1280 ? null : (link.sysctl.forwarding6 ?? PLAIN_SYSCTL.forwarding6)
  return { ...link, mtu, sysctl: { ...link.sysctl, forwarding6 } }
}

function otherMtu(link: HaveLink): number {
  return isVlan(link) ? Math.min(link.mtu, 1300) : 9100
}

/** A link that went down has lost its IPv6 addresses. */
function fallen(link: HaveLink) {
  return { up: false, addresses: link.addresses.filter((held) => !held.address.includes(':')) }
}

/** The links with this one as it is now, and with what the kernel does to the VLANs on it, and on those. */
function withVlans(links: readonly HaveLink[], changed: HaveLink): readonly HaveLink[] {
  const all = links.map((link) => (link.name === changed.name ? changed : link))
  return all
    .filter(({ detail }) => detail.kind === 'vlan' && detail.parent === changed.name)
    .reduce<readonly HaveLink[]>((now, vlan) => withVlans(now, carried(vlan, changed)), all)
}

/** A VLAN is up and as large only as the link that it is on. */
function carried(link: HaveLink, parent: HaveLink): HaveLink {
  const small = link.mtu > parent.mtu ? withMtu(link, parent.mtu) : link
  return parent.up ? small : { ...small, ...fallen(small) }
}

function distinct(addresses: readonly HaveAddress[]): readonly HaveAddress[] {
  return [...new Map(addresses.map((held) => [held.address, held])).values()]
}

/** More addresses in the link's own subnet: old ones of ours, and foreign ones. */
function strangers(link: HaveLink, number: number): readonly HaveAddress[] {
  const near = link.addresses.find((held) => held.address.startsWith('10.'))
  const host = [1, 3, 4][number % 3] ?? 1
  const text = (near?.address ?? '10.0.0.2/30').replace(/\.\d+\//, `.${host}/`)
  return number % 5 === 0 ? [] : [address(text, number % 4 !== 0)]
}
