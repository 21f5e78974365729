import * as fc from 'fast-check'
import { ADDRESS_PROTOCOL, type HaveAddress, type HaveLink } from '../../../src/core/model/link.js'
import type { Ifname } from '../../../src/core/model/names.js'
import { toInterfaceAddress } from '../../../src/core/model/names.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'
import { SETTABLE_MODES, VIRTUAL_MODES } from '../../support/kernel/fake-modes.js'

export function address(text: string, owned = false): HaveAddress {
  const address = toInterfaceAddress(text)
  if (address === undefined) throw new Error(text)
  return { address, protocol: owned ? ADDRESS_PROTOCOL : 0, owned }
}

/** What many drivers show without a link. */
const DARK_MODES = { ...SETTABLE_MODES, speed: null, duplex: 'unknown' } as const

/** A router with ports, before demarc came; some of what is on it belongs to others. */
export function arbitraryWorld(): fc.Arbitrary<readonly HaveLink[]> {
  const ports = ['p1', 'p2', 'p3', 'p4', 'm1', 'm2'].map((name) =>
    fc
      .record({
        up: fc.boolean(),
        mtu: fc.constantFrom(1500, 1500, 9000),
        modes: fc.constantFrom(VIRTUAL_MODES, SETTABLE_MODES, DARK_MODES),
      })
      .map((over) => fakePort(name, over)),
  )
  return fc
    .tuple(fc.tuple(...ports), fc.subarray(foreignThings(), { minLength: 0 }), fc.boolean())
    .map(([links, foreign, many]) => {
      const others = many ? foreign : foreign.slice(0, 1)
      return [...links, ...others.flat().map((link) => settled(link, links))].map(
        (link, place) => ({
          ...link,
          index: place + 1,
        }),
      )
    })
}

/** A VLAN is up and as large only as its port is. */
function settled(link: HaveLink, ports: readonly HaveLink[]): HaveLink {
  const { detail } = link
  const parent =
    detail.kind === 'vlan' ? ports.find(({ name }) => name === detail.parent) : undefined
  if (parent === undefined) return link
  return { ...link, up: link.up && parent.up, mtu: Math.min(link.mtu, parent.mtu) }
}

function foreignThings(): HaveLink[][] {
  const vlan = (parent: string, vlanId: number) =>
    ({ kind: 'vlan', parent: parent as Ifname, vlanId }) as const
  return [
    [fakePort('mgmt0', { up: true, addresses: [address('192.0.2.7/24'), address('fe80::1/64')] })],
    [
      fakePort('p3.77', {
        detail: vlan('p3', 77),
        up: true,
        addresses: [address('198.51.100.1/24')],
      }),
    ],
    [fakePort('p4.78', { detail: vlan('p4', 78) })],
    [fakePort('old', { detail: vlan('p1', 100), up: true })],
    [
      fakePort('br-x', {
        detail: { kind: 'bridge', stp: true, settings: { vlanFiltering: 1 } },
        up: true,
      }),
      fakePort('tap0', {
        master: 'br-x',
        up: true,
        detail: { kind: 'other', type: 'tun' },
        bridgePort: { isolated: 1, learning: 0 },
      }),
    ],
    [fakePort('br-0', { detail: { kind: 'bridge', stp: false } })],
    [fakePort('loop7', { up: true, addresses: [address('10.0.2.2/32')] })],
    [fakePort('vrf-x', { detail: { kind: 'vrf', table: 1001 }, up: true, mtu: 65575 })],
  ]
}
