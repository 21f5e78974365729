import { managedOf, type Managed } from '../../../src/core/coexist/managed.js'
import { conflictsOf } from '../../../src/core/coexist/conflicts.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { Conflict, ConflictCode, HostFacts } from '../../../src/core/model/host-facts.js'
import { toWant } from '../../../src/core/intent/want.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'

/** What is on a host: active units, files by path, settings by path. */
export interface Host {
  readonly units?: readonly string[]
  readonly systemd?: number
  readonly files?: Readonly<Record<string, string>>
  readonly unread?: HostFacts['unread']
  readonly sysctls?: Readonly<Record<string, number>>
}

/** A router that was set up as docs/operations.md says: Debian with FRR, its own network left to ifupdown. */
const CLEAN: Required<Host> = {
  units: ['frr.service', 'networking.service', 'ssh.service'],
  systemd: 252,
  files: {
    '/etc/network/interfaces': 'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet dhcp\n',
    '/etc/frr/frr.conf':
      'frr version 8.4.4\nrouter bgp 65010\n neighbor 10.0.0.1 remote-as 50624\n',
    '/usr/lib/systemd/network/80-container-host0.network':
      '[Match]\nVirtualization=container\nName=host0\n[Network]\nDHCP=yes\n',
    '/etc/cron.d/e2scrub_all': '30 3 * * 0 root /sbin/e2scrub_all\n',
  },
  unread: [],
  sysctls: {
    'ipv4/ip_forward': 1,
    'ipv4/conf/all/rp_filter': 0,
    'ipv6/conf/all/forwarding': 1,
    'ipv6/conf/default/accept_ra': 1,
  },
}

export function facts(over: Host = {}): HostFacts {
  const host = { ...CLEAN, ...over }
  const files = { ...CLEAN.files, ...over.files }
  return {
    units: [...CLEAN.units, ...(over.units ?? [])],
    systemd: host.systemd,
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    unread: host.unread,
    sysctls: new Map(Object.entries({ ...CLEAN.sysctls, ...over.sysctls })),
  }
}

const INTENT = {
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: 'par-edge-1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
  connections: [
    {
      name: 'dl-par',
      ports: [{ name: 'enp1s0f0' }, { name: 'enp1s0f1' }],
      aggregation: { lacpMode: 'ACTIVE', interval: 'FAST' },
    },
  ],
  attachments: [
    {
      name: 'net-a',
      connection: 'dl-par',
      vlanId: 100,
      l3: { addresses: ['10.0.0.2/30', '2001:db8::2/64'] },
      bgp: [{ neighborAddress: '10.0.0.1', peerAs: 50624 }],
    },
  ],
}

function wanted() {
  const intent = parseIntent(INTENT)
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  const want = toWant(intent.value, { managedPorts: ['enp1s0f*'], secrets: new Map() })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}

/** A link of the host; ports count from ifindex 2. */
export function link(name: string, index: number, over: Partial<HaveLink> = {}): HaveLink {
  return { ...fakePort(name), index, ...over }
}

/** Two ports and the management interface; demarc's links are not there yet. */
export const LINKS: readonly HaveLink[] = [
  link('eth0', 2, { addresses: [{ address: '192.0.2.7/24' as never, owned: false, protocol: 0 }] }),
  link('enp1s0f0', 3),
  link('enp1s0f1', 4),
]

export function ours(over: Partial<Pick<Managed, 'have' | 'saved'>> = {}): Managed {
  return managedOf(wanted(), [], { saved: true, have: LINKS, ...over })
}

/** The only conflict there is, or all codes where that is not so. */
export function only(
  host: Host,
  code: ConflictCode,
  mine: Managed = ours(),
): Conflict | { readonly found: readonly string[]; readonly message: ''; readonly destroys: null } {
  const found = conflictsOf(facts(host), mine)
  const [first] = found
  return first?.code === code && found.length === 1
    ? first
    : { found: found.map(({ code: other }) => other), message: '', destroys: null }
}

export function codes(host: Host, mine: Managed = ours()): readonly string[] {
  return conflictsOf(facts(host), mine).map(({ code }) => code)
}
