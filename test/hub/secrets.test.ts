import { existsSync, readdirSync, readFileSync, statSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { fault } from '../../src/core/base/fault.js'
import { refused } from '../../src/core/base/result.js'
import { keepEvidence, planted } from '../support/process/planted-secrets.js'
import { fakeRouter, hubBench, ROUTER } from './bench.js'

const ONE = planted('hub-one')
const TWO = planted('hub-two')
const PATH = `/v1/routers/${ROUTER}/intent`

function intent(generation: number, ...names: readonly string[]) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: ROUTER, role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [{ name: 'c1', ports: [{ name: 'p0' }] }],
    attachments: names.map((name, i) => ({
      name: `a${i}`,
      connection: 'c1',
      vlanId: 100 + i,
      l3: { addresses: [`10.0.${i}.2/30`] },
      bgp: [{ neighborAddress: `10.0.${i}.1`, peerAs: 65020, authPassword: { secret: name } }],
    })),
  }
}

/** Every octet of every file below, as Latin-1. */
function everything(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

t.test('passwords pushed while the router is away reach it, and nobody else', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const first = await at.api('PUT', PATH, {
    intent: intent(1, 'a', 'b'),
    secrets: { a: ONE, b: ONE },
  })
  t.equal(first.status, 202)
  await at.restart()
  const router = await fakeRouter(at, { token })
  t.teardown(() => router.peer.hangUp(1000, 'done'))
  const offered = await at.api('PUT', PATH, { intent: intent(1, 'a', 'b'), secrets: { a: ONE } })
  t.equal(offered.status, 200, 'the same again is fine')
  t.strictSame(router.pushed.at(-1)?.secrets, { a: ONE, b: ONE })
  const shown = []
  for (const path of [PATH, `${PATH}?generation=1`, `/v1/routers/${ROUTER}`, '/v1/routers'])
    shown.push(await at.api('GET', path))
  shown.push(await at.api('GET', `/v1/routers/${ROUTER}/history`))
  const outputs = JSON.stringify([first, offered, shown]) + at.log.lines.join('\n')
  keepEvidence('hub-answers.txt', outputs)
  t.match(outputs, /"generation":1/)
  t.notMatch(outputs, /xPlantedx|demarc-sealed/, 'never given back, sealed or not')
  t.notMatch(everything(at.dir), /xPlantedx/, 'not in clear on the disk')
  t.equal(statSync(join(at.dir, 'vault.key')).mode & 0o777, 0o600)
})

t.test(
  'an intent without passwords keeps those of the one before, as far as it names them',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const token = await at.register()
    await at.api('PUT', PATH, { intent: intent(1, 'a', 'b'), secrets: { a: ONE, b: TWO } })
    await at.api('PUT', PATH, intent(2, 'b'))
    const router = await fakeRouter(at, { token })
    t.teardown(() => router.peer.hangUp(1000, 'done'))
    await at.api('PUT', PATH, intent(3, 'a', 'b'))
    t.strictSame(router.pushed.at(-1)?.secrets, { b: TWO }, 'a was forgotten with generation 2')
    await at.api('PUT', PATH, { intent: intent(4, 'b'), secrets: {} })
    t.equal(router.pushed.at(-1)?.secrets, undefined, 'an empty list takes them away')
  },
)

t.test('a dry run takes passwords along and keeps nothing', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const router = await fakeRouter(at, { token })
  t.teardown(() => router.peer.hangUp(1000, 'done'))
  await at.api('PUT', `${PATH}?dryRun=true`, { intent: intent(1, 'a'), secrets: { a: ONE } })
  t.match(router.pushed.at(-1), { dryRun: true, secrets: { a: ONE } })
  await at.api('PUT', PATH, intent(1, 'a'))
  t.equal(router.pushed.at(-1)?.secrets, undefined)
})

t.test('wrong passwords are refused without being repeated', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const one = intent(1, 'a')
  const wrong = [
    { intent: one, secrets: { b: ONE } },
    { intent: one, secrets: { a: `${ONE} two words` } },
    { intent: one, secrets: [ONE] },
    { intent: one, secrets: { a: { text: ONE } } },
    { intent: one, secrets: { a: ONE }, [ONE]: 1 },
    `{"intent": {}, "secrets": {"a": "${ONE}", "a": "${TWO}"}}`,
    `{"secrets": {"a": "${ONE}"`,
  ]
  const answers = []
  for (const body of wrong) answers.push(await at.api('PUT', PATH, body))
  t.ok(answers.every(({ status }) => status === 400 || status === 422))
  const [, ...rest] = answers.toSpliced(4, 1)
  t.notMatch(JSON.stringify(rest), /xPlantedx/, 'but for a key, nothing is quoted')
  await at.api('PUT', PATH, { intent: one, secrets: { a: ONE } })
  const changed = await at.api('PUT', PATH, { intent: one, secrets: { a: TWO } })
  t.match(changed, { status: 409, body: { faults: [{ code: 'INTENT_STALE', at: 'secrets.a' }] } })
  const router = await fakeRouter(at, {
    token,
    onPush: () => refused(fault('INTENT_CONFLICT', 'secrets.a', 'the router has another')),
  })
  t.teardown(() => router.peer.hangUp(1000, 'done'))
  const refusal = await at.api('PUT', PATH, { intent: intent(2, 'a'), secrets: { a: TWO } })
  t.match(refusal.body, { stored: true, faults: [{ at: 'secrets.a' }] })
  t.notMatch(JSON.stringify([changed, refusal]), /xPlantedx/)
})

t.test(
  'a hub that lost its key makes no new one unasked, and takes the passwords anew',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    await at.register()
    await at.api('PUT', PATH, { intent: intent(1, 'a'), secrets: { a: ONE } })
    rmSync(join(at.dir, 'vault.key'))
    await at.hub().close()
    await t.rejects(at.reopen(), /vault\.key: .*from a backup.*--accept-damage/)
    t.notOk(existsSync(join(at.dir, 'vault.key')))
    await at.reopen(true)
    const bare = await at.api('PUT', PATH, intent(2, 'a'))
    t.match(bare.body, { faults: [{ code: 'STATE_DAMAGED', message: /send them again/ }] })
    const again = await at.api('PUT', PATH, { intent: intent(2, 'a'), secrets: { a: ONE } })
    t.equal(again.status, 202)
  },
)
