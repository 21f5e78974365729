import { test } from 'tap'
import {
  BGPD,
  exportOf,
  harmOf,
  HAND_DIGEST,
  leftOf,
  LINKS,
} from '../../../support/intent/hand-configured.js'
import { parseSecretsFile } from '../../../../src/core/config/secrets-file.js'
import { secretNames } from '../../../../src/core/intent/secret-names.js'
import type { Intent } from '../../../../src/core/wire/intent.js'
import { vlan } from '../../../support/kernel/kernel-steps.js'
import { planted } from '../../../support/process/planted-secrets.js'

const EXPECTED = {
  schema: 'demarc/intent/v1',
  generation: 1,
  router: {
    id: 'par-edge-1',
    role: 'customer',
    localAs: 65010,
    routerId: '10.255.0.1',
    maximumPaths: 4,
    aggregates: [{ prefix: '10.1.0.0/16', summaryOnly: true }],
  },
  vrfs: [{ name: 'blue', table: 1001, localAs: 65001, aggregates: [{ prefix: '10.2.0.0/16' }] }],
  connections: [
    { name: 'enp3', ports: [{ name: 'enp3' }] },
    {
      name: 'bond0',
      ports: [{ name: 'enp1' }, { name: 'enp2' }],
      aggregation: {
        lacpMode: 'ACTIVE',
        interval: 'FAST',
        minLinks: 0,
        upDelay: 200,
        downDelay: 100,
        systemPriority: 32768,
        userPortKey: 7,
      },
    },
  ],
  attachments: [
    {
      name: 'enp3.30',
      connection: 'enp3',
      vlanId: 30,
      l2: { bridge: 'br-lan', members: ['enp4'], stp: true },
    },
    {
      name: 'bond0',
      connection: 'bond0',
      vlanId: null,
      mtu: 9000,
      l3: { addresses: ['10.9.0.2/30'] },
    },
    {
      name: 'paris',
      connection: 'bond0',
      vlanId: 100,
      l3: { addresses: ['10.0.0.2/30', '2001:db8::2/64'] },
      bgp: [
        {
          neighborAddress: '10.0.0.1',
          peerAs: 50624,
          description: 'primary',
          authPassword: { secret: 'bgp-10-0-0-1' },
          holdTime: 180,
          connectRetry: 120,
          bfd: { desiredMinimumTxInterval: 500, detectionMultiplier: 5 },
          ipv4Unicast: {
            import: {
              prefixes: ['10.64.0.0/10 le 24'],
              communities: ['65010:7', 'no-export'],
              maxPrefixes: { limit: 100, warningPercent: 80, restartMinutes: 30 },
              localPreference: 200,
            },
            export: { prefixes: ['192.168.0.0/16'], prependAs: 2, med: 50 },
          },
        },
        {
          neighborAddress: '2001:db8::1',
          peerAs: 50624,
          holdTime: 30,
          connectRetry: 120,
          ttlSecurity: 1,
          shutdown: { message: 'until Monday' },
          ipv6Unicast: {},
        },
      ],
    },
    {
      name: 'blue-a',
      connection: 'bond0',
      vlanId: 200,
      interface: 'blue-a',
      mtu: 8900,
      l3: { vrf: 'blue', addresses: ['10.0.1.2/29'] },
      bgp: [
        {
          neighborAddress: '10.0.1.1',
          peerAs: 64512,
          localAs: 65002,
          holdTime: 180,
          connectRetry: 10,
          multihop: 2,
          ipv4Unicast: {
            nextHopSelf: true,
            allowAsIn: 3,
            asOverride: true,
            import: { prefixes: ['10.64.0.0/10 le 24'] },
            export: { defaultOriginate: true, maxPrefixes: { limit: 51 } },
          },
        },
      ],
    },
  ],
}

test('a router built by hand', async (t) => {
  await t.test('is written down as an intent', async (t) => {
    const { intent, notExported } = exportOf({})
    t.strictSame(intent, EXPECTED)
    t.match(notExported, [
      { at: 'neighbor 10.0.0.1', why: 'it is exported without `soft-reconfiguration inbound`' },
      { at: 'neighbor 10.0.0.1', why: /password is not exported: .*bgp-10-0-0-1.*0600/ },
      { at: 'router', why: /role.*customer/ },
    ])
  })

  await t.test('has the static routes whose next hop an attachment reaches', async (t) => {
    const { intent, notExported } = exportOf({
      routes: [
        'ip route 10.50.0.0/16 10.0.0.1 200',
        'ip route 10.51.0.0/16 192.0.2.1',
        'ip route 10.52.0.0/16 blackhole tag 1684368739',
        'ip route 10.53.0.0/16 eth0',
        'vrf blue',
        ' ip route 10.50.0.0/16 10.0.1.1',
        'exit-vrf',
      ].join('\n'),
    })
    t.strictSame(intent.router.staticRoutes, [
      { prefix: '10.50.0.0/16', nextHop: '10.0.0.1', distance: 200 },
      { prefix: '10.52.0.0/16', discard: true },
    ])
    t.strictSame(intent.vrfs?.[0]?.staticRoutes, [{ prefix: '10.50.0.0/16', nextHop: '10.0.1.1' }])
    t.match(
      notExported.filter(({ at }) => at.startsWith('static route')),
      [
        { at: 'static route 10.51.0.0/16', why: /no subnet of an attachment/ },
        { at: 'static route 10.53.0.0/16', why: /cannot express/ },
      ],
    )
  })

  await t.test('is taken over by that intent without a reset and without a flap', async (t) => {
    t.strictSame(harmOf({}), [])
    t.strictSame(
      harmOf({ links: LINKS.map((one) => (one.name === 'enp1' ? { ...one, mtu: 1500 } : one)) }),
      [],
      'nor is what is left out touched',
    )
  })

  await t.test('keeps its passwords to itself, as text and as digest', async (t) => {
    const text = planted('export')
    const bgpd = BGPD.replace(HAND_DIGEST, text)
    t.ok(bgpd.includes(text))
    const said = JSON.stringify(exportOf({ bgpd }))
    t.notOk(said.includes(text))
    t.notOk(said.includes(HAND_DIGEST))
    const unknown = BGPD.replace(' bfd\n', ' no-such-setting\n')
    t.notOk(JSON.stringify(exportOf({ bgpd: unknown })).includes(HAND_DIGEST))
  })

  await t.test(
    'that runs an intent keeps its names, and the next generation is proposed',
    async (t) => {
      const { intent: before } = exportOf({})
      const [enp3, bond0] = before.connections
      const running = {
        ...before,
        generation: 41,
        router: { ...before.router, role: 'provider' as const },
        connections: [enp3, { ...bond0, provider: 'outscale', region: 'eu-west-2' }],
        attachments: before.attachments.map((one) =>
          one.name === 'bond0' ? { ...one, name: 'mgmt' } : one,
        ),
      } as typeof before
      const { intent, notExported } = exportOf({}, running)
      t.match(intent, {
        generation: 42,
        router: { role: 'provider' },
        connections: [{}, { provider: 'outscale', region: 'eu-west-2' }],
        attachments: [{}, { name: 'mgmt' }],
      })
      t.strictSame(
        notExported.map(({ at }) => at),
        ['neighbor 10.0.0.1'],
        'nothing is asked for that the intent in force has: soft-reconfiguration alone is left',
      )
    },
  )

  await t.test('without FRR has links alone to export', async (t) => {
    t.strictSame(leftOf({ bgpd: '' }), {})
    t.match(exportOf({ bgpd: '' }).intent.attachments, { length: 4 })
    t.notOk(exportOf({ bgpd: '' }).intent.attachments.some(({ bgp }) => bgp !== undefined))
  })

  await t.test('has the timers of its profile or of its block', async (t) => {
    const timersOf = (bgpd: string) => exportOf({ bgpd }).intent.attachments[2]?.bgp?.[0]
    t.match(timersOf(BGPD.replace(' bgp router-id', ' timers bgp 5 20\n bgp router-id')), {
      holdTime: 20,
      keepaliveInterval: 5,
    })
    const fast = BGPD.replace('frr defaults traditional', 'frr defaults datacenter')
    t.match(timersOf(fast), { holdTime: 9, connectRetry: 10 })
  })
})

test('the name of a secret is a bare TOML key, or the one of the running intent', async (t) => {
  const password = (address: string) => ` neighbor ${address} password ${HAND_DIGEST}\n`
  const bgpd = BGPD.replace(
    ' neighbor 2001:db8::1 timers',
    `${password('2001:db8::1')} neighbor 2001:db8::1 timers`,
  ).replace(' neighbor 10.0.1.1 ebgp', `${password('10.0.1.1')} neighbor 10.0.1.1 ebgp`)
  const { intent } = exportOf({ bgpd })
  const names = secretNames(intent)
  t.strictSame(names, ['bgp-10-0-0-1', 'bgp-2001-db8--1', 'bgp-blue-10-0-1-1'])
  const toml = names.map((name) => `${name} = "x"\n`).join('')
  t.strictSame(parseSecretsFile(toml, 'f'), {
    ok: true,
    value: Object.fromEntries(names.map((name) => [name, 'x'])),
  })
  const text = JSON.stringify(intent).replaceAll('bgp-10-0-0-1', 'bgp-10.0.0.1')
  const older = JSON.parse(text) as Intent
  t.strictSame(secretNames(exportOf({ bgpd }, older).intent), ['bgp-10.0.0.1', ...names.slice(1)])
})

test('two names of VRFs that differ in a dot only give two secrets', async (t) => {
  const links = LINKS.flatMap((link) => {
    if (link.name === 'blue') {
      return [
        { ...link, name: 'a.b' },
        {
          ...link,
          name: 'a-b',
          index: 90,
          detail: { kind: 'vrf', table: 1002 } as const,
        },
      ]
    }
    if (link.name !== 'blue-a') return [link]
    const other = { ...link, name: 'other', index: 91, detail: vlan('bond0', 201) }
    return [
      { ...link, master: 'a.b' },
      { ...other, master: 'a-b' },
    ]
  })
  const [block = ''] = /router bgp 65001 vrf blue[\s\S]*?\nexit\n/.exec(BGPD) ?? []
  const secured = block.replace(' ebgp', ` password ${HAND_DIGEST}\n neighbor 10.0.1.1 ebgp`)
  const both = `${secured.replace('vrf blue', 'vrf a.b')}!\n${secured.replace('vrf blue', 'vrf a-b')}`
  t.strictSame(secretNames(exportOf({ links, bgpd: BGPD.replace(block, both) }).intent), [
    'bgp-10-0-0-1',
    'bgp-a-b-10-0-1-1',
    'bgp-a-b-10-0-1-1-2',
  ])
})

test('two links with one label get different names', async (t) => {
  const links = LINKS.map((one) => (one.name === 'blue-a' ? { ...one, alias: 'paris' } : one))
  t.strictSame(
    exportOf({ links }).intent.attachments.map(({ name }) => name),
    ['enp3.30', 'bond0', 'paris', 'paris-2'],
  )
})
