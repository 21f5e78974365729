import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { createCoexistence } from '../../../src/agent/health/coexistence.js'
import type { HaveAddress, WantLink } from '../../../src/core/model/link.js'
import type { Ifname, InterfaceAddress } from '../../../src/core/model/names.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'

const vlan = (name: string, ...addresses: readonly string[]): WantLink => ({
  name: name as Ifname,
  detail: { kind: 'vlan', parent: 'dl' as Ifname, vlanId: 100 },
  alias: null,
  mtu: null,
  up: true,
  master: null,
  addresses: addresses as readonly InterfaceAddress[],
  sysctl: null,
})

const held = (address: string): HaveAddress => ({
  address: address as InterfaceAddress,
  owned: false,
  protocol: 0,
})

t.test('settings of the intent’s links are read before those of others', async (t) => {
  const asked: (readonly string[])[] = []
  const others = createCoexistence({
    read(links) {
      asked.push(links)
      return Promise.resolve({
        units: [],
        systemd: null,
        files: [],
        unread: [],
        sysctls: new Map(),
      })
    },
    managedPorts: [],
    now: () => millis(0),
  })
  const links = [
    fakePort('aaa', { addresses: [held('10.0.0.9/24')] }),
    fakePort('bbb', { addresses: [held('fe80::1/64')] }),
    fakePort('dl.100', { addresses: [held('10.0.0.2/30')] }),
  ]
  const want = { links: [vlan('dl.100', '10.0.0.2/30'), vlan('dl.200')], bgp: [], routes: [] }
  await others.refusals(want, {
    links,
    sysctlDefaults: { rpFilter: 0, forwarding4: false, forwarding6: null },
    frr: { version: null, bgpd: null, bfdd: null, faults: [] },
  })
  t.strictSame(asked, [['dl.100', 'aaa']])
})
