import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { demarc } from '../support/process/demarc.js'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import { sampleText } from '../core/providers/samples.js'

t.test(
  'the providers are listed, and each is shown with its rules and their documents',
  async (t) => {
    const list = await demarc('providers')
    for (const id of BUILT_IN.keys()) t.match(list.out, new RegExp(`^${id} `, 'm'))
    for (const profile of BUILT_IN.values()) {
      const { out, status } = await demarc('providers', profile.id)
      t.equal(status, 0)
      for (const { id } of profile.rules) t.ok(out.includes(id), id)
      for (const { url } of profile.sources) t.ok(out.includes(url), url)
    }
    const json = await demarc('--json', 'providers', 'aws')
    t.strictSame(JSON.parse(json.out), JSON.parse(JSON.stringify(BUILT_IN.get('aws'))))
    t.match(await demarc('providers', 'yandx'), { status: 65, err: /did you mean "yandex"\?/ })
  },
)

t.test('a valid intent is shown with what its provider fixes', async (t) => {
  const file = 'config/intents/outscale-minimal.json'
  t.match(await demarc('validate', file), {
    status: 0,
    out: /is valid.*\nfilled in {2}attachments\[0\]\.bgp\[0\]\.peerAs = 50624 \(outscale\/provider-as\)\n/,
  })
  const whole = await demarc('--json', 'validate', file, '--effective')
  t.match(JSON.parse(whole.out), {
    intent: { attachments: [{ bgp: [{ peerAs: 50624 }] }] },
    filled: [{ at: 'attachments[0].bgp[0].peerAs', value: 50624, rule: 'outscale/provider-as' }],
  })
  t.match(await demarc('validate', file, '--effective'), {
    out: /"peerAs": 50624[\s\S]*\nfilled in {2}attachments/,
  })
  t.match(await demarc('validate', 'config/intents/yandex-private-minimal.json'), {
    out: /\nwarning {2}connections\[0\]\.provider: .*yandex\/two-trunks/,
  })
})

t.test('all rules that an intent breaks are refused at once', async (t) => {
  const text = sampleText('yandex-private-minimal')
    .replace('"vlanId": 100', '"vlanId": 4094, "mtu": 9000')
    .replace('"localAs": 65010', '"localAs": 64496')
    .replace('169.254.0.1/30', '169.254.0.1/29')
  const file = join(t.testdir({ 'bad.json': text }), 'bad.json')
  const { status, err, out } = await demarc('--json', 'validate', file)
  t.equal(status, 65)
  const { faults } = JSON.parse(out) as { faults: readonly object[] }
  t.match(faults, [
    { code: 'PROVIDER_RULE', at: 'attachments[0].vlanId', next: 'fix-input' },
    { code: 'PROVIDER_RULE', at: 'attachments[0].l3.addresses[0]' },
    { code: 'PROVIDER_RULE', at: 'router.localAs' },
    { code: 'PROVIDER_RULE', at: 'attachments[0].mtu' },
  ])
  t.match(
    err,
    /PROVIDER_RULE {2}attachments\[0\]\.vlanId: the VLAN id is 4094; Yandex Cloud requires 2-4000\..*trunk\.md, read 2026-11-30/,
  )
})

t.test("an operator's profile needs no code, and a broken one is named", async (t) => {
  const dir = t.testdir()
  mkdirSync(join(dir, 'providers'))
  const acme = JSON.stringify({ ...BUILT_IN.get('outscale'), id: 'acme', name: 'Acme' })
  const own = join(dir, 'providers', 'acme.json')
  writeFileSync(own, acme.replaceAll('"outscale/', '"acme/'))
  const config = ['--config', join(dir, 'demarc.toml')]
  t.match(await demarc(...config, 'providers'), { status: 0, out: /^acme {2,}Acme/m })
  const file = join(dir, 'intent.json')
  writeFileSync(file, sampleText('outscale-minimal').replace('"outscale"', '"acme"'))
  t.match(await demarc(...config, 'validate', file), { status: 0, out: /acme\/provider-as/ })
  writeFileSync(own, acme)
  t.match(await demarc(...config, 'validate', file), {
    status: 65,
    err: /PROVIDER_PROFILE {2}.*acme\.json: rules\[0\]\.id: must start with "acme\/"[\s\S]*connections\[0\]\.provider/,
  })
})
