import t from 'tap'
import { judgeIntent } from '../../../src/core/judged/judge-intent.js'
import { everySecret } from '../../../src/core/intent/secret-names.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { sampleText } from './samples.js'

type Parts = Readonly<
  Record<'connection' | 'attachment' | 'router', Readonly<Record<string, unknown>>>
>

/** The judgement of a sample with other members of its connection and attachment. */
function judged(name: string, { connection = {}, attachment = {}, router = {} }: Partial<Parts>) {
  const document = JSON.parse(sampleText(name)) as {
    readonly router: object
    readonly connections: readonly object[]
    readonly attachments: readonly object[]
  }
  const parsed = parseIntent({
    ...document,
    router: { ...document.router, ...router },
    connections: document.connections.map((each) => ({ ...each, ...connection })),
    attachments: document.attachments.map((each) => ({ ...each, ...attachment })),
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const secrets = everySecret(parsed.value)
  const context = { managedPorts: ['*'], secrets, profiles: BUILT_IN, passwords: {} }
  return judgeIntent(parsed.value, context)
}

const WRONG: readonly [string, string, Partial<Parts>, RegExp][] = [
  [
    'an unknown provider',
    'yandex-private-minimal',
    { connection: { provider: 'yandx' } },
    /connections\[0\]\.provider.*"yandx"; did you mean "yandex"\?/,
  ],
  [
    'an unknown region',
    'outscale-minimal',
    { connection: { region: 'eu-west-1' } },
    /connections\[0\]\.region.*did you mean "eu-west-2"\?/,
  ],
  [
    'an unknown service of a connection',
    'ovhcloud-l3-minimal',
    { connection: { service: 'l4' } },
    /connections\[0\]\.service.*has no service "l4"; did you mean "l3"\?/,
  ],
  [
    'an unknown service of an attachment',
    'yandex-public-minimal',
    { attachment: { service: 'publik' } },
    /attachments\[0\]\.service.*did you mean "public"\?/,
  ],
  [
    'a service at the wrong place',
    'yandex-private-minimal',
    { connection: { service: 'private' } },
    /service of Yandex Cloud is said at the attachment/,
  ],
  [
    'a service of a provider that has one only',
    'outscale-minimal',
    { attachment: { service: 'hosted' } },
    /one service only/,
  ],
  [
    'an accepted rule that there is not',
    'yandex-private-minimal',
    { connection: { accept: [{ rule: 'yandex/vlan-rage', reason: 'x' }] } },
    /accept\[0\]\.rule.*did you mean "yandex\/vlan-range"\?/,
  ],
  [
    'an accepted rule of another provider',
    'yandex-private-minimal',
    { connection: { accept: [{ rule: 'aws/bfd', reason: 'x' }] } },
    /accept\[0\]\.rule/,
  ],
]

for (const [says, name, parts, expected] of WRONG) {
  t.test(`${says} is refused`, async (t) => {
    const found = judged(name, parts)
    t.notOk(found.ok)
    const texts = found.ok ? [] : found.faults.map(({ at, message }) => `${at}: ${message}`)
    t.match(texts.join('\n'), expected)
  })
}

t.test('a service that has no default must be said', async (t) => {
  const document = sampleText('ovhcloud-l3-minimal').replace(', "service": "l3"', '')
  const parsed = parseIntent(JSON.parse(document))
  if (!parsed.ok) throw new Error('sample')
  const context = { managedPorts: ['*'], secrets: new Map(), profiles: BUILT_IN, passwords: {} }
  const found = judgeIntent(parsed.value, context)
  t.match(found, { ok: false, faults: [{ at: 'connections[0].service', message: /"l3" or "l2"/ }] })
})

t.test(
  'without a provider nothing is judged, filled in or asked for, but the AS must be said',
  async (t) => {
    const parsed = parseIntent(
      JSON.parse(
        sampleText('outscale-minimal').replace(
          '"provider": "outscale", "region": "eu-west-2", ',
          '',
        ),
      ),
    )
    if (!parsed.ok) throw new Error('sample')
    const context = { managedPorts: ['*'], secrets: new Map(), profiles: BUILT_IN, passwords: {} }
    t.match(judgeIntent(parsed.value, context), {
      ok: false,
      faults: [{ at: 'attachments[0].bgp[0].peerAs', message: /is required/ }],
    })
  },
)

t.test('a router at the end of the provider keeps no rules of its customers', async (t) => {
  const found = judged('yandex-private-minimal', {
    router: { role: 'provider', localAs: 200350 },
    attachment: { vlanId: 4094, bgp: [{ neighborAddress: '169.254.0.2', peerAs: 65010 }] },
  })
  t.ok(found.ok)
})

t.test('an accepted rule is not refused, and is kept with its reason', async (t) => {
  const parts = { attachment: { vlanId: 4050 } }
  t.match(judged('yandex-private-minimal', parts), {
    ok: false,
    faults: [
      {
        code: 'PROVIDER_RULE',
        at: 'attachments[0].vlanId',
        message:
          /the VLAN id is 4050; Yandex Cloud requires 2-4000.*yandex\/vlan-range; .*read 2026/,
      },
    ],
  })
  const accept = [{ rule: 'yandex/vlan-range', reason: 'agreed with the carrier' }]
  const found = judged('yandex-private-minimal', { ...parts, connection: { accept } })
  t.ok(found.ok)
  if (!found.ok) return
  const kept = found.value.breaches.filter(({ reason }) => reason !== null)
  t.match(kept, [
    {
      rule: 'yandex/vlan-range',
      value: 4050,
      requires: '2-4000',
      reason: 'agreed with the carrier',
    },
  ])
})
