import t from 'tap'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { judge, refusals } from '../../../src/core/providers/judge.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { judgeIntent } from '../../../src/core/judged/judge-intent.js'
import { everySecret } from '../../../src/core/intent/secret-names.js'
import type { RuleValue } from '../../../src/core/providers/subjects/line.js'
import type { SubjectName } from '../../../src/core/providers/subjects/subject-names.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { sample } from './samples.js'
import { withValue } from './write-value.js'
import { withValue as changed } from '../../support/intent/document-paths.js'

/** What the judge says of an intent: the codes, places and texts of all faults. */
function faultsOf(intent: Intent, passwords: Record<string, string> = {}): readonly string[] {
  const judged = judgeIntent(intent, {
    managedPorts: ['*'],
    secrets: everySecret(intent),
    profiles: BUILT_IN,
    passwords,
  })
  return judged.ok ? [] : judged.faults.map(({ at, message }) => `${at}: ${message}`)
}

interface Published {
  readonly says: string
  readonly sample: string
  readonly region?: string
  readonly set: readonly (readonly [SubjectName, RuleValue])[]
  /** The rule that refuses it, or a part of the fault; null: it is taken. */
  readonly refusedBy: string | RegExp | null
}

const YANDEX = 'yandex-private-minimal'
const OUTSCALE = 'outscale-minimal'
const OVH = 'ovhcloud-l3-minimal'
const JD = 'jdcloud-l2-access-minimal'
const EXPORT = ['attachments', 0, 'bgp', 0, 'ipv4Unicast', 'export']

function taken(sampleName: string, subject: SubjectName, values: readonly RuleValue[]) {
  return values.map((value): Published => {
    const says = `${sampleName}: ${subject} ${value}`
    return { says, sample: sampleName, set: [[subject, value]], refusedBy: null }
  })
}

function refused(
  sampleName: string,
  [subject, rule]: readonly [SubjectName, string],
  values: readonly RuleValue[],
) {
  return values.map((value): Published => {
    const says = `${sampleName}: ${subject} ${value}`
    return { says, sample: sampleName, set: [[subject, value]], refusedBy: rule }
  })
}

/** Every value that the four providers publish as one of theirs, or as one that they refuse. */
const PUBLISHED: readonly Published[] = [
  // OVHcloud: the AS numbers of the guides, the example subnet, optics, MTU.
  ...taken(OVH, 'peer-as', [35540, 65000]),
  ...taken(OVH, 'peer-as', [16276, 16550]),
  ...taken(OVH, 'own-as', [64512, 65534, 64513, 16276]),
  ...refused(OVH, ['own-as', 'ovhcloud/no-as-65501'], [65501]),
  ...refused(OVH, ['peer-as', 'ovhcloud/provider-as'], [65501]),
  ...taken(OVH, 'prefix-length', [30]),
  ...refused(OVH, ['prefix-length', 'ovhcloud/subnet-length'], [28, 29, 31]),
  ...refused(OVH, ['vlan', 'ovhcloud/untagged'], [300]),
  ...taken(OVH, 'optic', ['1000BASE-LX', '10GBASE-LR', '100GBASE-LR4']),
  ...taken(OVH, 'mtu', [1500, 9000]),
  ...refused(OVH, ['mtu', 'ovhcloud/mtu'], [9001]),
  ...taken(OVH, 'connector', ['SC', 'LC', 'SC/PC', 'LC/PC']),
  ...refused(OVH, ['connector', 'ovhcloud/connector'], ['RJ45']),
  ...refused(OVH, ['session-count', 'ovhcloud/sessions'], [0, 2]),
  ...refused(OVH, ['auto-negotiation', 'ovhcloud/auto-negotiation'], ['on']),
  ...taken(OVH, 'speed', [1000, 10_000, 100_000]),
  ...refused(OVH, ['speed', 'ovhcloud/speed'], [25_000]),
  ...taken(OVH, 'bandwidth', [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 100_000]),
  ...refused(OVH, ['bandwidth', 'ovhcloud/bandwidth'], [50, 300, 40_000]),
  ...taken(OVH, 'export-length', [24]),
  ...taken(OVH, 'import-limit', [100]),
  ...taken(OVH, 'prepend', [2]),
  ...taken(OVH, 'optic', ['1000BASE-LH']),
  ...refused(OVH, ['optic', 'ovhcloud/optic'], ['10GBASE-SR', '1000BASE-T']),
  ...taken(OVH, 'export-limit', [100]),
  ...refused(OVH, ['export-limit', 'ovhcloud/announced-prefixes'], [101]),
  ...taken(OVH, 'maximum-paths', [4]),
  ...refused(OVH, ['multihop', 'ovhcloud/one-hop'], [2]),
  ...refused(OVH, ['as-relation', 'ovhcloud/external'], ['internal']),
  ...refused(OVH, ['bundle', 'ovhcloud/no-bundle'], ['present']),
  ...refused(OVH, ['address-family', 'ovhcloud/ipv4-addresses'], ['IPv6']),
  ...refused(OVH, ['ipv6-routes', 'ovhcloud/ipv4-routes'], ['present']),
  ...taken(OVH, 'password', ['present', 'absent']),
  ...taken(OVH, 'hold-time', [90]),
  {
    says: 'OVHcloud: AS 65502 is kept in Canada',
    sample: OVH,
    region: 'ca-east-bhs',
    set: [['peer-as', 65502]],
    refusedBy: 'ovhcloud/provider-as',
  },
  {
    says: 'OVHcloud: AS 65519 is kept in Asia',
    sample: OVH,
    region: 'ap-south-mum',
    set: [['own-as', 65519]],
    refusedBy: 'ovhcloud/customer-as',
  },
  {
    says: 'OVHcloud: AS 65502 is free in Europe',
    sample: OVH,
    set: [['peer-as', 65502]],
    refusedBy: null,
  },
  ...refused('ovhcloud-l2-minimal', ['port-count', 'ovhcloud/ports'], [3]),
  ...refused('ovhcloud-l2-minimal', ['spanning-tree', 'ovhcloud/no-spanning-tree'], ['on']),
  ...taken('ovhcloud-l2-minimal', 'port-count', [1, 2]),
  ...taken('ovhcloud-l2-minimal', 'bundle', ['present']),
  ...taken('ovhcloud-l2-minimal', 'mac-limit', [512]),
  ...refused('ovhcloud-l2-minimal', ['mac-limit', 'ovhcloud/mac-limit'], [513]),
  ...taken('ovhcloud-l2-minimal', 'broadcast-rate', [20]),
  ...taken('ovhcloud-l2-minimal', 'multicast-rate', [20]),
  ...refused('ovhcloud-l2-minimal', ['control-frames', 'ovhcloud/no-control-frames'], ['FORWARD']),
  ...taken('ovhcloud-l2-minimal', 'speed', [1000, 10_000]),
  ...refused('ovhcloud-l2-minimal', ['speed', 'ovhcloud/speed-l2'], [100_000]),
  // Yandex Cloud.
  ...taken(YANDEX, 'peer-as', [200350]),
  ...refused(YANDEX, ['peer-as', 'yandex/provider-as'], [200351]),
  ...taken(YANDEX, 'own-as', [64512, 65534, 4_200_000_000, 4_294_967_294, 13238]),
  ...refused(YANDEX, ['own-as', 'yandex/customer-as'], [64496, 64511, 65536, 65551]),
  ...taken(YANDEX, 'vlan', [2, 4000]),
  ...refused(YANDEX, ['vlan', 'yandex/vlan-range'], [1, 4001, 4094]),
  ...taken(YANDEX, 'prefix-length', [30, 31]),
  ...refused(YANDEX, ['prefix-length', 'yandex/subnet-length'], [24, 29]),
  ...refused(YANDEX, ['pool', 'yandex/subnet-pool'], ['100.64.0.1/30', '198.51.100.1/30']),
  ...taken(YANDEX, 'hold-time', [90, 180]),
  ...refused(YANDEX, ['hold-time', 'yandex/hold-time'], [0, 30, 89]),
  ...taken(YANDEX, 'mtu', [1500, 8910]),
  ...refused(YANDEX, ['mtu', 'yandex/mtu-private'], [8911, 9000]),
  ...refused('yandex-public-minimal', ['mtu', 'yandex/mtu-public'], [1501]),
  ...refused('yandex-public-minimal', ['export-length', 'yandex/public-prefixes'], [25, 32]),
  ...taken(YANDEX, 'optic', ['1000BASE-LX', '10GBASE-LR', '10GBASE-ER', '100GBASE-LR4']),
  ...taken(YANDEX, 'optic', ['100GBASE-ER4']),
  ...refused(YANDEX, ['optic', 'yandex/optic'], ['1000BASE-T', '10GBASE-SR']),
  ...refused(YANDEX, ['lacp-mode', 'yandex/lacp-active'], ['PASSIVE']),
  ...taken(YANDEX, 'export-limit', [500]),
  ...refused(YANDEX, ['export-limit', 'yandex/announced-prefixes'], [501]),
  ...refused(YANDEX, ['tagging', 'yandex/tagged'], ['untagged']),
  ...refused(YANDEX, ['session-count', 'yandex/sessions'], [0, 2]),
  ...taken(YANDEX, 'speed', [1000, 10_000, 100_000]),
  ...refused(YANDEX, ['speed', 'yandex/speed'], [40_000]),
  ...taken(YANDEX, 'connector', ['LC']),
  ...refused(YANDEX, ['connector', 'yandex/connector'], ['SC']),
  ...refused(YANDEX, ['auto-negotiation', 'yandex/auto-negotiation'], ['on']),
  ...refused(YANDEX, ['optic-kinds', 'yandex/same-optics'], [2]),
  ...taken(YANDEX, 'optic', ['1000BASE-LX10']),
  ...taken(YANDEX, 'bfd-multiplier', [3]),
  ...taken(YANDEX, 'bfd-transmit-interval', [300]),
  ...taken(YANDEX, 'bfd-receive-interval', [300]),
  ...taken(YANDEX, 'bandwidth', [50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000]),
  ...taken(YANDEX, 'bandwidth', [10_000, 20_000, 30_000, 40_000, 50_000, 100_000]),
  ...refused(YANDEX, ['bandwidth', 'yandex/capacity'], [49, 600, 6000, 25_000]),
  ...taken(YANDEX, 'attachment-count', [5]),
  ...taken(YANDEX, 'import-length', [32]),
  ...refused(YANDEX, ['address-family', 'yandex/ipv4-addresses'], ['IPv6']),
  ...taken('yandex-public-minimal', 'export-length', [24]),
  ...taken('yandex-public-minimal', 'mtu', [1500]),
  // OUTSCALE.
  ...taken(OUTSCALE, 'peer-as', [50624]),
  ...refused(OUTSCALE, ['peer-as', 'outscale/provider-as'], [53306]),
  ...refused(OUTSCALE, ['own-as', 'outscale/customer-as'], [50624, 53306, 132418]),
  ...taken(OUTSCALE, 'own-as', [1, 64512, 65534, 4_200_000_000, 4_294_967_294]),
  ...taken(OUTSCALE, 'vlan', [2, 4094]),
  ...refused(OUTSCALE, ['vlan', 'outscale/vlan-range'], [1]),
  ...taken(OUTSCALE, 'mtu', [1500]),
  ...refused(OUTSCALE, ['mtu', 'outscale/mtu'], [1499, 9000]),
  ...taken(OUTSCALE, 'optic', ['1000BASE-LX', '10GBASE-LR']),
  ...refused(OUTSCALE, ['optic', 'outscale/optic'], ['10GBASE-SR']),
  ...taken(OUTSCALE, 'speed', [1000, 10_000]),
  ...refused(OUTSCALE, ['speed', 'outscale/speed'], [100_000]),
  ...taken(OUTSCALE, 'bandwidth', [1000, 10_000]),
  ...refused(OUTSCALE, ['bandwidth', 'outscale/bandwidth'], [100, 5000]),
  ...taken(OUTSCALE, 'connector', ['LC']),
  ...refused(OUTSCALE, ['connector', 'outscale/connector'], ['SC']),
  ...refused(OUTSCALE, ['tagging', 'outscale/tagged'], ['untagged']),
  ...refused(OUTSCALE, ['session-count', 'outscale/sessions'], [0, 2]),
  ...taken(OUTSCALE, 'password', ['present', 'absent']),
  ...['cloudgouv-eu-west-1', 'eu-west-2'].map((region): Published => ({
    says: `OUTSCALE: AS 50624 in ${region}`,
    sample: OUTSCALE,
    region,
    set: [['peer-as', 50624]],
    refusedBy: null,
  })),
  {
    says: 'OUTSCALE: AS 53306 in us-east-2',
    sample: OUTSCALE,
    region: 'us-east-2',
    set: [['peer-as', 53306]],
    refusedBy: null,
  },
  {
    says: 'OUTSCALE: AS 50624 in us-east-2',
    sample: OUTSCALE,
    region: 'us-east-2',
    set: [['peer-as', 50624]],
    refusedBy: 'outscale/provider-as',
  },
  // JD Cloud.
  ...taken(JD, 'own-as', [65001, 65499]),
  ...refused(JD, ['own-as', 'jdcloud/customer-as'], [65000, 65500, 64512]),
  ...taken(JD, 'peer-as', [64512]),
  ...refused(JD, ['peer-as', 'jdcloud/provider-as'], [65501, 65000]),
  ...taken(JD, 'vlan', [2, 4000]),
  ...refused(JD, ['vlan', 'jdcloud/vlan-range'], [1, 4001, 4050]),
  ...refused(JD, ['password', 'jdcloud/no-password'], ['present']),
  ...taken(JD, 'optic', ['1000BASE-LX', '10GBASE-LR', '1000BASE-T']),
  ...taken(JD, 'maximum-paths', [4]),
  ...taken(JD, 'gateway-export-limit', [300]),
  ...refused(JD, ['gateway-export-limit', 'jdcloud/announced-routes'], [301]),
  ...taken(JD, 'multihop', [1, 2]),
  ...refused(JD, ['prefix-length', 'jdcloud/subnet-length'], [29, 31]),
  ...taken(JD, 'pool', ['10.0.0.1/30', '172.16.0.1/30', '192.168.0.1/30']),
  ...refused(JD, ['pool', 'jdcloud/subnet-pool'], ['169.254.0.1/30']),
  ...refused(JD, ['own-host', 'jdcloud/first-host'], [2]),
  ...refused(JD, ['session-count', 'jdcloud/sessions'], [0, 3]),
  ...refused(JD, ['optic', 'jdcloud/optic'], ['10GBASE-SR']),
  ...taken(JD, 'connector', ['LC', 'RJ45']),
  ...refused(JD, ['connector', 'jdcloud/connector'], ['SC']),
  ...taken(JD, 'speed', [1000, 10_000]),
  ...refused(JD, ['speed', 'jdcloud/speed'], [100_000]),
  ...taken(JD, 'bandwidth', [100, 10_000]),
  ...refused(JD, ['bandwidth', 'jdcloud/bandwidth'], [10_001]),
  ...taken(JD, 'attachment-count', [50]),
  ...refused('jdcloud-static-minimal', ['session-count', 'jdcloud/no-session'], [1]),
  ...taken('jdcloud-l3-access-minimal', 'peer-as', [65020, 4134]),
]

/** What the documents advise against, or differ about: taken, with a warning of that rule. */
const WARNED: readonly (readonly [string, SubjectName, RuleValue, string])[] = [
  [OVH, 'bfd', 'absent', 'ovhcloud/bfd'],
  [OVH, 'med', 'present', 'ovhcloud/no-med'],
  [OVH, 'own-as', 4_200_000_000, 'ovhcloud/as-range'],
  [OVH, 'maximum-paths', 5, 'ovhcloud/paths'],
  [OVH, 'connection-count', 1, 'ovhcloud/two-pops'],
  [YANDEX, 'bfd-multiplier', 5, 'yandex/bfd-multiplier'],
  [YANDEX, 'attachment-count', 6, 'yandex/connections-per-trunk'],
  [YANDEX, 'connection-count', 1, 'yandex/two-trunks'],
  [YANDEX, 'import-length', 24, 'yandex/host-routes'],
  [YANDEX, 'communities', 'present', 'yandex/communities'],
  [YANDEX, 'prepend', 1, 'yandex/prepend'],
  ['ovhcloud-l2-minimal', 'broadcast-rate', 21, 'ovhcloud/broadcast-rate'],
  ['ovhcloud-l2-minimal', 'multicast-rate', 21, 'ovhcloud/multicast-rate'],
  ['ovhcloud-l2-minimal', 'connection-count', 2, 'ovhcloud/one-l2-service'],
  ['ovhcloud-l2-minimal', 'bridge-attachments', 2, 'ovhcloud/one-tunnel-in-bridge'],
  [JD, 'address-count', 1, 'jdcloud/two-subnets'],
  [JD, 'session-count', 1, 'jdcloud/two-sessions'],
  [JD, 'maximum-paths', 5, 'jdcloud/paths'],
  [JD, 'optic', '1000BASE-T', 'jdcloud/copper'],
  [JD, 'attachment-count', 51, 'jdcloud/interfaces'],
  [JD, 'connection-count', 1, 'jdcloud/two-lines'],
]

for (const [name, subject, value, rule] of WARNED) {
  t.test(`${name}: ${subject} ${value} is taken, and ${rule} warns`, async (t) => {
    const broken = judge(withValue(sample(name), subject, value), BUILT_IN)
    const kinds = broken.filter(({ rule: id }) => id === rule).map(({ kind }) => kind)
    t.strictSame([...new Set(kinds)], ['warning'])
    t.strictSame(refusals(broken), [])
  })
}

for (const { says, sample: name, region, set, refusedBy } of PUBLISHED) {
  t.test(`${says} is ${refusedBy === null ? 'taken' : 'refused'}`, async (t) => {
    const base = sample(name)
    const connections = base.connections.map((connection) =>
      region === undefined
        ? connection
        : ({ ...connection, region } as Intent['connections'][number]),
    )
    const intent = set.reduce((at, [subject, value]) => withValue(at, subject, value), {
      ...base,
      connections,
    })
    const rules = refusals(judge(intent, BUILT_IN)).map(({ message }) => message)
    if (refusedBy === null) return void t.strictSame(rules, [])
    t.ok(
      rules.some((text) => text.includes(`(${String(refusedBy)};`)),
      rules.join('\n'),
    )
  })
}

t.test("OUTSCALE's own example of two addresses has one that is no host", async (t) => {
  const base = sample('outscale-minimal')
  const [attachment] = base.attachments
  const [neighbor] = attachment?.bgp ?? []
  if (attachment === undefined || neighbor === undefined) throw new Error('sample')
  const at = (own: string, peer: string): Intent => ({
    ...base,
    attachments: [
      {
        ...attachment,
        l3: { addresses: [own] },
        bgp: [{ ...neighbor, neighborAddress: peer }],
      },
    ],
  })
  t.match(faultsOf(at('172.16.0.5/30', '172.16.0.4')).join(), /172\.16\.0\.4 is .*subnet/)
  t.strictSame(faultsOf(at('172.16.0.2/30', '172.16.0.1')), [], 'the older example is taken')
})

t.test("the samples of Yandex Cloud's and OVHcloud's guides", async (t) => {
  const yandex = sample(YANDEX)
  const exported = (prefixes: readonly string[]) =>
    faultsOf(changed(yandex, EXPORT, { prefixes }) as Intent)
  t.strictSame(exported(['0.0.0.0/0']), [], 'a default route is taken')
  t.strictSame(exported(['0.0.0.0/1', '128.0.0.0/1']), [], 'and its halves, for active/standby')
  for (const address of ['10.0.0.1/30', '172.16.0.1/30', '192.168.0.1/31', '169.254.0.1/30']) {
    const rules = faultsOf(withValue(yandex, 'pool', address)).filter((text) =>
      text.includes('yandex/'),
    )
    t.strictSame(rules, [], address)
  }
  t.strictSame(faultsOf(sample(OVH)), [], '192.0.2.1 is OVHcloud, 192.0.2.2 is yours')
  t.match(
    faultsOf(withValue(sample(OVH), 'own-host', 1)).join(),
    /ovhcloud\/second-host/,
    'and not the other way round',
  )
})

/** What a document prints, and the intent has no word for: it is refused whatever the provider. */
const IMPOSSIBLE: readonly (readonly [string, SubjectName, RuleValue, RegExp])[] = [
  [OUTSCALE, 'own-as', 4_294_967_295, /router\.localAs: .*1-4294967294/],
  [YANDEX, 'vlan', 4095, /attachments\[0\]\.vlanId: .*1-4094/],
]

for (const [name, subject, value, fault] of IMPOSSIBLE) {
  t.test(`${name}: ${subject} ${value} is none that a router can have`, async (t) => {
    const parsed = parseIntent(withValue(sample(name), subject, value))
    t.match(parsed.ok ? '' : parsed.faults.map(({ at, message }) => `${at}: ${message}`), [fault])
  })
}

t.test('a router of any AS joins JD Cloud with the AS that it shows there', async (t) => {
  const base = changed(sample(JD), ['router', 'localAs'], 3333)
  const shown = (localAs: number) => {
    const own = sample(JD).attachments[0]?.bgp ?? []
    const bgp = own.map((neighbor) => ({ ...neighbor, localAs }))
    return faultsOf(changed(base, ['attachments', 0, 'bgp'], bgp) as Intent)
  }
  t.strictSame(shown(65001), [])
  t.match(shown(65500), [/bgp\[0\]\.localAs: .*jdcloud\/customer-as/])
  t.match(faultsOf(base as Intent), [/router\.localAs: .*jdcloud\/customer-as/])
})

t.test('a BgpKey of 13 characters, as the example of OUTSCALE has, is taken', async (t) => {
  const intent = withValue(sample(OUTSCALE), 'password', 'present')
  t.strictSame(faultsOf(intent, { key: 'ExampleKey123' }), [])
})

t.test('a password that is too short is said where it is at hand, and never shown', async (t) => {
  const intent = withValue(sample('aws-private-minimal'), 'password', 'present')
  const [text = ''] = faultsOf(intent, { key: 'hello' })
  t.match(text, /length of the MD5 password.*requires 6-80/)
  t.notMatch(text, /is 5|hello/)
  t.strictSame(faultsOf(intent, { key: 'hello!' }), [])
})
