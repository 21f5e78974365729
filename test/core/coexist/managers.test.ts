import t from 'tap'
import { conflictsOf, refusalsOf } from '../../../src/core/coexist/conflicts.js'
import { managedOf } from '../../../src/core/coexist/managed.js'
import { codes, facts, link, LINKS, only, ours } from './host.js'

const NETWORKD = ['systemd-networkd.service']

t.test('nothing is said of a clean router, whichever of them runs beside demarc', (t) => {
  t.strictSame(codes({}), [])
  t.strictSame(codes({ units: NETWORKD }), [], 'networkd without a link')
  t.strictSame(codes({ units: ['NetworkManager.service'] }), [], 'NetworkManager without a device')
  t.strictSame(codes({ files: { '/run/cloud-init/enabled': '' } }), [], 'cloud-init without a file')
  t.end()
})

/** networkd has the management interface in hand. */
const management = (extra: Readonly<Record<string, string>> = {}) => ({
  '/run/systemd/netif/links/2':
    'ADMIN_STATE=configured\nOPER_STATE=routable\nNETWORK_FILE=/etc/systemd/network/10-eth.network\n',
  '/etc/systemd/network/10-eth.network': '[Match]\nName=eth0\n[Network]\nDHCP=yes\n',
  ...extra,
})
const KEEP = '[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n'

t.test('networkd that takes FRR’s next hops away is named with the lines to write', (t) => {
  const found = only({ units: NETWORKD, files: management() }, 'NETWORKD_REMOVES')
  t.match(found.message, /configures a link by \/etc\/systemd\/network\/10-eth\.network again/)
  t.match(
    found.message,
    /"\[Network\]", "ManageForeignRoutes=no", "ManageForeignRoutingPolicyRules=no" into \/etc\/systemd\/networkd\.conf\.d\/10-demarc\.conf/,
  )
  t.match(
    found.message,
    /"KeepConfiguration=yes" into \/etc\/systemd\/network\/10-eth\.network\.d\/10-demarc\.conf/,
    'version 252 does not know ManageForeignNextHops',
  )
  t.match(found.message, /systemctl restart systemd-networkd\.$/)
  t.equal(found.destroys, true)
  t.end()
})

t.test('with the remedy of its version written, networkd is left alone', (t) => {
  const dropIn = { '/etc/systemd/networkd.conf.d/10-demarc.conf': KEEP }
  const keep = {
    '/etc/systemd/network/10-eth.network.d/10-demarc.conf': '[Network]\nKeepConfiguration=yes\n',
  }
  const all = { units: NETWORKD, files: management({ ...dropIn, ...keep }) }
  t.strictSame(codes(all), [])
  t.strictSame(codes({ units: NETWORKD, files: management(keep) }), [], 'which is enough')
  const half = only({ units: NETWORKD, files: management(dropIn) }, 'NETWORKD_REMOVES')
  t.notMatch(half.message, /ManageForeign/, 'only what is missing is asked for')
  t.match(half.message, /KeepConfiguration=yes/)
  const nextHops = {
    '/etc/systemd/networkd.conf.d/10-demarc.conf': `${KEEP}ManageForeignNextHops=no\n`,
  }
  t.strictSame(codes({ units: NETWORKD, systemd: 257, files: management(nextHops) }), [])
  const newer = only(
    { units: NETWORKD, systemd: 257, files: management(dropIn) },
    'NETWORKD_REMOVES',
  )
  t.match(newer.message, /write "\[Network\]", "ManageForeignNextHops=no" into/)
  const masked = {
    '/usr/lib/systemd/networkd.conf.d/10-demarc.conf': `${KEEP}ManageForeignNextHops=no\n`,
    '/etc/systemd/networkd.conf.d/10-demarc.conf': '',
  }
  t.strictSame(
    codes({ units: NETWORKD, systemd: 257, files: management(masked) }),
    ['NETWORKD_REMOVES'],
    'the file of that name in /etc counts',
  )
  t.end()
})

t.test('networkd that has none but unmanaged links takes nothing away', (t) => {
  const files = { '/run/systemd/netif/links/2': 'ADMIN_STATE=unmanaged\n' }
  t.strictSame(codes({ units: NETWORKD, files }), [])
  t.strictSame(
    codes({ files: management() }),
    [],
    'what it left when it was stopped does not count',
  )
  t.end()
})

t.test('a link of demarc that networkd has in hand is named with its file', (t) => {
  const files = {
    '/run/systemd/netif/links/3':
      'ADMIN_STATE=configuring\nNETWORK_FILE=/run/systemd/network/10-netplan-enp1s0f0.network\n',
  }
  const found = conflictsOf(facts({ units: NETWORKD, files }), ours())
  const managed = found.find(({ code }) => code === 'NETWORKD_MANAGES')
  t.match(managed?.message, /configures enp1s0f0 by \/run\/systemd\/network\/10-netplan-enp1s0f0/)
  t.match(managed?.message, /"\[Match\]", "Name=enp1s0f0", "\[Link\]", "Unmanaged=yes" into/)
  t.match(managed?.message, /remove the links from \/etc\/netplan/)
  t.equal(managed?.destroys, true)
  t.end()
})

t.test('a link that does not exist yet is held against the patterns that would take it', (t) => {
  const at = (text: string, name = '50-all') => ({
    units: NETWORKD,
    files: { [`/etc/systemd/network/${name}.network`]: text },
  })
  const grabs = only(at('[Match]\nName=en* dl-*\n[Network]\nDHCP=yes\n'), 'NETWORKD_MANAGES')
  t.match(grabs.message, /configures dl-par, enp1s0f0, enp1s0f1, dl-par\.100 by/)
  t.match(grabs.message, /"Name=dl-par enp1s0f0 enp1s0f1 dl-par\.\*"/)
  const vlans = only(at('[Match]\nName=*\nType=vlan\n'), 'NETWORKD_MANAGES')
  t.match(vlans.message, /configures dl-par\.100 by/)
  t.strictSame(codes(at('[Match]\nName=!en* dl-*\nName=eth*\n')), [], 'a pattern turned round')
  t.strictSame(codes(at('[Match]\nName=en*\nDriver=virtio_net\n')), [], 'it is not known yet')
  t.strictSame(codes(at('[Match]\nType=vlan\n')), [], 'networkd says it once the link exists')
  t.strictSame(codes(at('[Network]\nDHCP=yes\n')), [], 'no match at all')
  t.end()
})

t.test('a file that leaves the links unmanaged comes first and ends it', (t) => {
  const files = {
    '/etc/systemd/network/00-demarc.network':
      '[Match]\nName=enp1s0f0 enp1s0f1 dl-par dl-par.*\n[Link]\nUnmanaged=yes\n',
    '/etc/systemd/network/50-all.network': '[Match]\nName=*\n[Network]\nDHCP=yes\n',
  }
  t.strictSame(codes({ units: NETWORKD, files }), [])
  t.end()
})

t.test('without an intent the ports that may become demarc’s are looked at', (t) => {
  const files = {
    '/run/systemd/netif/links/4':
      'ADMIN_STATE=configured\nNETWORK_FILE=/lib/systemd/network/80-ethernet.network\n',
  }
  const waiting = managedOf(null, LINKS.slice(1), { saved: true, have: LINKS })
  const found = conflictsOf(facts({ units: NETWORKD, files }), waiting)
  t.match(found[0]?.message, /configures enp1s0f1 by \/usr\/lib\/systemd\/network\/80-ethernet/)
  t.strictSame(codes({}, waiting), [])
  t.end()
})

t.test('what cannot be read is said, where it matters', (t) => {
  const unread = [{ path: '/etc/systemd/network/10-x.network', reason: 'EACCES' }]
  t.strictSame(codes({ unread }), [], 'networkd does not run')
  const found = only({ units: NETWORKD, unread }, 'HOST_CONFIG_UNREADABLE')
  t.match(found.message, /let group demarc read \/etc\/systemd\/network\/10-x\.network \(EACCES\)/)
  const stanza = [{ path: '/etc/network/interfaces.d/50-x', reason: 'EACCES' }]
  t.match(only({ unread: stanza }, 'HOST_CONFIG_UNREADABLE').message, /ifupdown.*50-x \(EACCES\)/)
  t.end()
})

t.test(
  'NetworkManager is configured to leave links alone, and refused only where it has a port',
  (t) => {
    const device = (index: number, text: string) => ({
      units: ['NetworkManager.service'],
      files: { [`/run/NetworkManager/devices/${index}`]: text },
    })
    const managed = '[device]\nmanaged=true\nconnection-uuid=2815492f-7e56-435e-b2e9-246bd7cdc664\n'
    const port = only(device(3, managed), 'NETWORKMANAGER_MANAGES')
    t.match(port.message, /"\[keyfile\]", "unmanaged-devices\+=interface-name:enp1s0f0" into/)
    t.equal(port.destroys, true)
    const have = [...LINKS, link('dl-par.100', 9)]
    const vlan = only(device(9, managed), 'NETWORKMANAGER_MANAGES', ours({ have }))
    t.match(vlan.message, /interface-name:dl-par\.\*"/)
    t.equal(vlan.destroys, false)
    t.strictSame(codes(device(3, '[device]\nmanaged=false\n')), [])
    t.strictSame(codes(device(2, managed)), [], 'the management interface is its own')
    t.end()
  },
)

t.test('a stanza of ifupdown for a link of demarc is named; one that does nothing is not', (t) => {
  const stanza = (text: string, path = '/etc/network/interfaces.d/lan') => ({
    files: { [path]: text },
  })
  const vlan = only(
    stanza('auto dl-par.100\niface dl-par.100 inet static\n  address 10.0.0.2/30\n'),
    'IFUPDOWN_STANZA',
  )
  t.match(vlan.message, /takes down dl-par\.100 at every boot.*from \/etc\/network\/interfaces\.d/)
  t.equal(vlan.destroys, true)
  const port = only(stanza('iface enp1s0f0 inet dhcp\n'), 'IFUPDOWN_STANZA')
  t.equal(port.destroys, false, 'a port is not made by either')
  t.strictSame(
    codes(stanza('iface enp1s0f0 inet manual\n  bond-master bond0\n')),
    ['IFUPDOWN_STANZA'],
    'manual, and yet it does something',
  )
  t.strictSame(codes(stanza('auto enp1s0f0\niface enp1s0f0 inet manual\n\n# nothing\n')), [])
  t.strictSame(codes(stanza('iface enp1s0f0 inet manual\nauto eth0\nmtu 9000\n')), [])
  t.strictSame(codes(stanza('iface eth0 inet static\n  address 192.0.2.7/24\n')), [])
  const off = facts(stanza('iface dl-par inet dhcp\n'))
  const unused = { ...off, units: off.units.filter((unit) => unit !== 'networking.service') }
  t.strictSame(conflictsOf(unused, ours()), [], 'ifupdown is not used')
  t.end()
})

t.test('cloud-init that writes a link of demarc at every boot is named', (t) => {
  const files = {
    '/run/cloud-init/enabled': '',
    '/etc/netplan/50-cloud-init.yaml': 'network:\n  ethernets:\n    enp1s0f1: {dhcp4: true}\n',
  }
  const found = only({ files }, 'CLOUD_INIT_NETWORK')
  t.match(found.message, /writes enp1s0f1 into \/etc\/netplan\/50-cloud-init\.yaml at every boot/)
  t.match(found.message, /"network: \{config: disabled\}" into \/etc\/cloud\/cloud\.cfg\.d\//)
  for (const text of ['network: {config: disabled}\n', 'network:\n  config: disabled\n']) {
    const done = { '/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg': text }
    t.strictSame(codes({ files: { ...files, ...done } }), [], text)
  }
  const other = { '/etc/netplan/50-cloud-init.yaml': 'network: {ethernets: {enp1s0f10: {}}}\n' }
  t.strictSame(codes({ files: { ...files, ...other } }), [], 'a name that only begins alike')
  t.end()
})

t.test('a change is refused for each conflict that destroys, with its place and remedy', (t) => {
  const found = conflictsOf(facts({ units: NETWORKD, files: management() }), ours())
  const refusals = refusalsOf([
    ...found,
    { code: 'ARP_PROXY', at: 'x', message: 'Harmless.', destroys: false },
  ])
  t.equal(refusals.length, 1)
  t.match(refusals[0], {
    code: 'HOST_CONFLICT',
    at: '/etc/systemd/network/10-eth.network',
    message: /ManageForeignRoutes=no/,
  })
  t.end()
})

t.test('names of files cannot smuggle anything into a sentence, and a long list is cut', (t) => {
  const evil = `/etc/cron.d/x\u001b[2J\n${'y'.repeat(500)}`
  const files = Object.fromEntries(
    [evil, ...'a b c d e f g h'.split(' ')].map((name, i) => [
      i === 0 ? name : `/etc/cron.d/${name}`,
      'frr-reload.py\n',
    ]),
  )
  const { message } = only({ files }, 'FRR_OTHER_WRITER')
  t.match(message, /^[\x20-\x7e]+\.$/)
  t.match(message, /and 4 more loads/)
  t.ok(message.length < 1000)
  t.end()
})
