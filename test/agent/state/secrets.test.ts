import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSecretStore, type PushedWith } from '../../../src/agent/state/secrets.js'
import { fault } from '../../../src/core/base/fault.js'
import { ok, refused } from '../../../src/core/base/result.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import type { PushedSecrets } from '../../../src/core/wire/push.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { openVault, type Vault } from '../../../src/edge/host/secrets/vault.js'
import { planted } from '../../support/process/planted-secrets.js'

const FILE = 'pushed-secrets.sealed'
const ONE = planted('one')
const TWO = planted('two')

/** The agent's secrets on a real disk; `restart` is another process on the same state. */
async function bench(t: Test) {
  const dir = t.testdir({ state: {}, secrets: {}, credentials: {} })
  const lines: string[] = []
  let needed: readonly number[] = []
  async function start() {
    const files = await openStateFiles(join(dir, 'state'))
    const vault = await openVault({ keyFile: join(dir, 'state', 'vault.key') })
    const log = openLog({
      level: 'debug',
      secrets: () => vault.known(),
      write: (line) => void lines.push(line),
    })
    const store = await openSecretStore({
      settings: { dir: join(dir, 'secrets'), credentialPrefix: 'demarc.secret.' },
      world: { files, vault, log },
      needed: () => needed,
      env: { CREDENTIALS_DIRECTORY: join(dir, 'credentials') },
    })
    return { store, vault }
  }
  const life = await start()
  return {
    ...life,
    restart: start,
    state: join(dir, 'state'),
    lines,
    /** Which generations may have to be put in force from now on. */
    need: (...generations: readonly number[]) => (needed = generations),
    file(name: string, text: string, mode = 0o600) {
      writeFileSync(join(dir, 'secrets', name), text)
      chmodSync(join(dir, 'secrets', name), mode)
    },
    credential: (name: string, text: string) =>
      writeFileSync(join(dir, 'credentials', `demarc.secret.${name}`), text),
    kept: () => readdirSync(join(dir, 'state')).filter((name) => name.startsWith(FILE)),
  }
}

function intent(generation: number, ...names: readonly string[]) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer', localAs: 65010 },
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

function push(document: unknown, secrets?: PushedSecrets, dryRun = false): PushedWith {
  const parsed = parseIntent(document)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return { intent: parsed.value, secrets, dryRun }
}

const accepted = async () => ok('done')

async function texts(
  {
    store,
    vault,
  }: { readonly store: Awaited<ReturnType<typeof bench>>['store']; readonly vault: Vault },
  generation: number,
  ...names: readonly string[]
) {
  const digests = await store.named(names, generation)
  return Object.fromEntries([...digests].map(([name, digest]) => [name, vault.reveal(digest)]))
}

t.test(
  'a password that came with a push can be used for its intent, after a restart too',
  async (t) => {
    const at = await bench(t)
    at.need(1)
    t.ok((await at.store.during(push(intent(1, 'a'), { a: ONE }), accepted)).ok)
    t.strictSame(await texts(at, 1, 'a'), { a: ONE })
    t.strictSame(await texts(at, 2, 'a'), {}, 'and for no other intent')
    t.strictSame(await texts(await at.restart(), 1, 'a'), { a: ONE })
    t.equal(statSync(join(at.state, FILE)).mode & 0o777, 0o600)
    t.notMatch(readFileSync(join(at.state, FILE), 'latin1'), ONE, 'sealed, not in clear')
    t.notMatch(at.lines.join(''), ONE)
  },
)

t.test('a refused push leaves no password behind, and a dry run never writes one', async (t) => {
  const at = await bench(t)
  const no = async () => refused(fault('CHANGE_BUSY', 'x'))
  t.notOk((await at.store.during(push(intent(1, 'a'), { a: ONE }), no)).ok)
  t.strictSame(at.kept(), [])
  const seen = await at.store.during(push(intent(1, 'a'), { a: ONE }, true), async () =>
    ok({ during: await texts(at, 1, 'a'), files: at.kept() }),
  )
  t.strictSame(seen, ok({ during: { a: ONE }, files: [] }))
  t.strictSame(await texts(at, 1, 'a'), {}, 'forgotten afterwards')
})

t.test('the last good intent keeps its own password while the next one is tried', async (t) => {
  const at = await bench(t)
  at.need(1)
  await at.store.during(push(intent(1, 'a', 'b'), { a: ONE, b: TWO }), accepted)
  await at.store.during(push(intent(2, 'a', 'b'), { a: planted('three') }), accepted)
  at.need(1, 2)
  await at.store.tidy()
  t.strictSame(await texts(at, 1, 'a', 'b'), { a: ONE, b: TWO })
  t.strictSame(await texts(at, 2, 'a', 'b'), { a: planted('three'), b: TWO }, 'b was inherited')
  at.need(1)
  await at.store.tidy()
  t.strictSame(await texts(at, 2, 'a'), {}, 'after the rollback the new password is removed')
  at.need(3)
  await at.store.tidy()
  t.strictSame(at.kept(), [], 'the file is removed with the last intent that names a password')
})

t.test('a password that cannot be used is logged once, until its fault changes', async (t) => {
  const at = await bench(t)
  const logged = async (...names: readonly string[]) => {
    at.lines.length = 0
    await at.store.named(names, 1)
    return at.lines.length
  }
  t.equal(await logged('a', 'b'), 1, 'both in one line')
  t.equal(await logged('a', 'b'), 0)
  t.equal(await logged('b'), 0, 'another intent that names one of them')
  t.equal(await logged('a', 'b', 'c'), 1)
  t.notMatch(at.lines.join(''), /SECRET_MISSING.*SECRET_MISSING/, 'and says only what is new')
  at.file('a', ONE, 0o644)
  t.equal(await logged('a', 'b'), 1, 'there, but readable by all')
  at.file('a', ONE)
  t.equal(await logged('a', 'b'), 0, 'mended')
  at.file('a', ONE, 0o644)
  t.equal(await logged('a', 'b'), 1, 'and broken again')
})

t.test('a credential comes before a file, a file before a push', async (t) => {
  const at = await bench(t)
  at.need(1)
  await at.store.during(push(intent(1, 'a', 'b', 'c'), { a: ONE, b: ONE, c: ONE }), accepted)
  at.file('a', `${TWO}\n`)
  at.file('b', `${TWO}\n`)
  at.credential('a', `${planted('three')}\n`)
  t.strictSame(await texts(at, 1, 'a', 'b', 'c'), { a: planted('three'), b: TWO, c: ONE })
})

t.test('the texts of the own passwords are those that can be used', async (t) => {
  const at = await bench(t)
  at.credential('a', `${ONE}\n`)
  at.file('b', TWO)
  at.file('c', TWO, 0o644)
  t.strictSame(await at.store.own(['a', 'b', 'c', 'd']), { a: ONE, b: TWO })
})

t.test('a push cannot replace a password that the router has of its own', async (t) => {
  const at = await bench(t)
  at.file('a', `${ONE}\n`)
  const other = await at.store.during(push(intent(1, 'a'), { a: TWO }), accepted)
  t.match(other, { ok: false, faults: [{ code: 'INTENT_CONFLICT', at: 'secrets.a' }] })
  t.notMatch(JSON.stringify(other), /xPlantedx/)
  t.ok((await at.store.during(push(intent(1, 'a'), { a: ONE }), accepted)).ok, 'the same is fine')
})

t.test(
  'a password that nothing names, or that changes without a new generation, is refused',
  async (t) => {
    const at = await bench(t)
    at.need(1)
    const unused = await at.store.during(push(intent(1, 'a'), { a: ONE, b: TWO }), accepted)
    t.match(unused, { ok: false, faults: [{ code: 'INTENT_VALUE', at: 'secrets.b' }] })
    await at.store.during(push(intent(1, 'a'), { a: ONE }), accepted)
    const changed = await at.store.during(push(intent(1, 'a'), { a: TWO }), accepted)
    t.match(changed, { ok: false, faults: [{ code: 'INTENT_STALE', at: 'secrets.a' }] })
    t.notMatch(JSON.stringify([unused, changed]), /xPlantedx/)
  },
)

t.test('a file that others may read is refused by name, not passed over', async (t) => {
  const at = await bench(t)
  at.need(1)
  await at.store.during(push(intent(1, 'a'), { a: ONE }), accepted)
  at.file('a', ONE, 0o644)
  const answer = await at.store.during(push(intent(1, 'a')), async () => {
    const found = await texts(at, 1, 'a')
    return 'a' in found ? ok('done') : refused(fault('SECRET_MISSING', 'a'))
  })
  const said = { code: 'SECRET_MISSING', at: /secrets\/a$/, message: /0644.*chmod 600/ }
  t.match(answer, { ok: false, faults: [{ code: 'SECRET_MISSING', at: 'a' }, said] })
})

t.test('sealed passwords that cannot be opened are set aside, and the agent goes on', async (t) => {
  const at = await bench(t)
  at.need(1)
  await at.store.during(push(intent(1, 'a'), { a: ONE }), accepted)
  for (const damage of ['not sealed at all', Buffer.from([0xff, 0xfe])]) {
    writeFileSync(join(at.state, FILE), damage)
    const again = await at.restart()
    t.strictSame(await texts(again, 1, 'a'), {})
    t.strictSame(at.kept(), [`${FILE}.damaged`])
    t.match(at.lines.join(''), /state-set-aside/)
    t.ok((await again.store.during(push(intent(1, 'a'), { a: ONE }), accepted)).ok, 'pushed again')
    t.strictSame(await texts(again, 1, 'a'), { a: ONE })
  }
})
