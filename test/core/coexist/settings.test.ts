import t from 'tap'
import { conflictsOf } from '../../../src/core/coexist/conflicts.js'
import { codes, facts, link, LINKS, only, ours } from './host.js'

t.test('who else loads configuration into FRR is named by unit, timer or crontab', (t) => {
  const writer = (path: string, text: string) => ({ files: { [path]: text } })
  for (const line of [
    '*/5 * * * * root /usr/lib/frr/frr-reload.py --reload /etc/frr/frr.conf',
    'ExecStart=/usr/lib/frr/frrinit.sh reload',
    'ExecStart=/usr/bin/vtysh -b',
    'ExecStart=vtysh -d bgpd -f /etc/x.conf',
    '0 * * * * root vtysh -c "conf t" -c "router bgp 1"',
  ]) {
    const found = only(writer('/etc/cron.d/frr', `# every so often\n${line}\n`), 'FRR_OTHER_WRITER')
    t.match(found.message, /^\/etc\/cron\.d\/frr loads configuration into FRR beside demarc/, line)
    t.equal(found.destroys, false)
  }
  const unit = '/etc/systemd/system/bgp-sync.service'
  t.strictSame(codes(writer(unit, 'ExecStart=/usr/lib/frr/frr-reload.py --reload x\n')), [
    'FRR_OTHER_WRITER',
  ])
  for (const [path, text] of [
    ['/etc/cron.d/watch', '* * * * * root vtysh -c "show bgp summary json"\n'],
    ['/etc/cron.d/old', '# root /usr/lib/frr/frr-reload.py\n'],
    ['/etc/systemd/system/frr.service', 'ExecReload=/usr/lib/frr/frrinit.sh reload\n'],
  ] as const) {
    t.strictSame(codes(writer(path, text)), [], `${path} only looks, or is FRR's own`)
  }
  t.match(only({ units: ['nvued.service'] }, 'FRR_OTHER_WRITER').message, /^NVUE writes/)
  t.end()
})

t.test(
  'a configuration file without demarc’s neighbours would end the sessions at a reload',
  (t) => {
    const files = { '/etc/frr/frr.conf': 'frr version 8.4.4\nhostname r\n' }
    const found = only({ files }, 'FRR_FILE_DIFFERS')
    t.match(found.message, /^\/etc\/frr\/frr\.conf does not have 10\.0\.0\.1, which FRR runs/)
    t.strictSame(codes({ files }, ours({ saved: false })), [], 'a change has not saved it yet')
    const off = facts({ files })
    t.strictSame(conflictsOf({ ...off, units: [] }, ours()), [], 'FRR is not the packaged one')
    const own = facts({ files: { '/etc/frr/bgpd.conf': 'router bgp 65010\n' } })
    const daemons = own.files.filter(({ path }) => path !== '/etc/frr/frr.conf')
    t.match(
      conflictsOf({ ...own, files: daemons }, ours())[0]?.message,
      /^\/etc\/frr\/bgpd\.conf does not have/,
      'a file for each daemon',
    )
    t.strictSame(conflictsOf({ ...own, files: [] }, ours()), [], 'nothing can be seen')
    t.end()
  },
)

t.test('strict reverse path filtering applies to the links that are not demarc’s', (t) => {
  const sysctls = { 'ipv4/conf/all/rp_filter': 1 }
  const found = only({ sysctls }, 'RP_FILTER_STRICT')
  t.match(found.message, /^eth0 drops packets .* "net\.ipv4\.conf\.all\.rp_filter = 2" into/)
  const sysctl = { rpFilter: 1, forwarding4: true, forwarding6: true } as const
  const strictLink = link('eth0', 2, { ...LINKS[0], sysctl })
  const have = [strictLink, ...LINKS.slice(1)]
  t.strictSame(codes({}, ours({ have })), ['RP_FILTER_STRICT'], 'set on the link alone')
  t.strictSame(
    codes({ sysctls: { 'ipv4/conf/all/rp_filter': 2 } }, ours({ have })),
    [],
    'the larger of the two counts, and 2 is loose',
  )
  const bare = [
    link('eth0', 2),
    link('lo', 1, { addresses: [{ address: '127.0.0.1/8' as never, owned: false, protocol: 0 }] }),
  ]
  t.strictSame(
    codes({ sysctls }, ours({ have: bare })),
    [],
    'nobody talks to a link without address',
  )
  t.end()
})

t.test('a router that does not forward is named, for the families it has', (t) => {
  const sysctls = { 'ipv4/ip_forward': 0, 'ipv6/conf/all/forwarding': 0 }
  const found = only({ sysctls }, 'FORWARDING_OFF')
  t.match(found.message, /"net\.ipv4\.ip_forward = 1", "net\.ipv6\.conf\.all\.forwarding = 1" into/)
  const four = { ...ours(), links: ours().links.map((one) => ({ ...one, addresses: [] })) }
  t.strictSame(codes({ sysctls }, four), [], 'only layer 2')
  t.end()
})

t.test('ARP settings that bite are named: silent, for others, and twice in one subnet', (t) => {
  const silent = only({ sysctls: { 'ipv4/conf/all/arp_ignore': 8 } }, 'ARP_IGNORED')
  t.match(silent.message, /^dl-par\.100 answers no ARP request/)
  const proxy = only({ sysctls: { 'ipv4/conf/dl-par.100/proxy_arp': 1 } }, 'ARP_PROXY')
  t.match(proxy.message, /^dl-par\.100 answers ARP requests for addresses of other machines/)
  t.strictSame(codes({ sysctls: { 'ipv4/conf/eth0/proxy_arp': 1 } }), [], 'another link')
  const beside = link('eth1', 7, {
    addresses: [{ address: '10.0.0.3/29' as never, owned: false, protocol: 0 }],
  })
  const have = [...LINKS, beside]
  const flux = only({}, 'ARP_FLUX', ours({ have }))
  t.match(flux.message, /^eth1 is in the subnet of dl-par\.100.*arp_ignore = 1.*arp_announce = 2/)
  const sysctls = { 'ipv4/conf/all/arp_ignore': 1, 'ipv4/conf/all/arp_announce': 2 }
  t.strictSame(codes({ sysctls }, ours({ have })), [], 'each answers for its own')
  const vrf = link('vrf-x', 8, { detail: { kind: 'vrf', table: 10 } })
  const apart = [...LINKS, vrf, { ...beside, master: 'vrf-x' }, link('dl-par.100', 9)]
  t.strictSame(codes({}, ours({ have: apart })), [], 'another VRF is another world')
  t.end()
})

t.test('router advertisements and a kernel without IPv6 are named', (t) => {
  const advertised = only(
    { sysctls: { 'ipv6/conf/default/accept_ra': 2 } },
    'ROUTER_ADVERTISEMENTS',
  )
  t.match(advertised.message, /^dl-par\.100 accepts a default route/)
  const sysctls = { 'ipv6/conf/default/accept_ra': 2, 'ipv6/conf/dl-par.100/accept_ra': 1 }
  t.strictSame(codes({ sysctls }), [], 'a link that forwards does not listen at 1')
  const off = only({ sysctls: { 'ipv6/conf/default/disable_ipv6': 1 } }, 'IPV6_DISABLED')
  t.match(off.message, /refuses the IPv6 addresses of dl-par\.100/)
  t.end()
})
