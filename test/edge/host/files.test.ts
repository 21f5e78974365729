import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { FaultError } from '../../../src/core/base/fault.js'
import { writeDurable } from '../../../src/edge/host/files/durable-file.js'
import {
  readCredential,
  readOwnSecret,
  readSecretFile,
} from '../../../src/edge/host/secrets/secrets.js'
import { openStateFiles, readSetting, readState } from '../../../src/edge/host/files/state-files.js'

const codeOf = (error: unknown) => (error instanceof FaultError ? error.fault.code : String(error))

t.test('a durable write replaces the whole file and leaves nothing beside it', async (t) => {
  const dir = t.testdir({ 'state.json': 'old and longer than the new one' })
  await writeDurable(join(dir, 'state.json'), 'new')
  t.equal(readFileSync(join(dir, 'state.json'), 'utf8'), 'new')
  t.equal(statSync(join(dir, 'state.json')).mode & 0o777, 0o600)
  t.same(readdirSync(dir), ['state.json'])
})

t.test('the mode is the one asked for, whatever the umask', async (t) => {
  const dir = t.testdir()
  const before = process.umask(0o077)
  t.teardown(() => process.umask(before))
  await writeDurable(join(dir, 'open'), 'text', 0o644)
  t.equal(statSync(join(dir, 'open')).mode & 0o777, 0o644)
})

t.test('a symbolic link is replaced, and what it pointed at stays as it was', async (t) => {
  const dir = t.testdir({ elsewhere: 'precious' })
  symlinkSync(join(dir, 'elsewhere'), join(dir, 'state.json'))
  await writeDurable(join(dir, 'state.json'), 'new')
  t.equal(readFileSync(join(dir, 'elsewhere'), 'utf8'), 'precious')
  t.equal(readFileSync(join(dir, 'state.json'), 'utf8'), 'new')
})

t.test('a write that cannot be done is a fault that names the file', async (t) => {
  const path = join(t.testdir(), 'no-such-dir', 'state.json')
  const error: unknown = await writeDurable(path, 'x').catch((thrown: unknown) => thrown)
  t.equal(codeOf(error), 'STATE_UNWRITABLE')
  t.match(String(error), path)
})

t.test('the state directory is private and is cleared of what a crash left', async (t) => {
  const unfinished = '.last-good.json.0b0e8f5e-3f6a-4c9b-8d53-9a4e1f1a2b3c.tmp'
  const dir = t.testdir({ state: { [unfinished]: 'half', kept: 'whole' } })
  const files = await openStateFiles(join(dir, 'state'))
  t.same(readdirSync(join(dir, 'state')), ['kept'])
  t.equal(await files.read('kept'), 'whole')
  t.equal(await files.read('nothing'), undefined)
  await openStateFiles(join(dir, 'made'))
  t.equal(statSync(join(dir, 'made')).mode & 0o777, 0o700)
})

t.test(
  'writes of one file keep their order, and one that fails does not stop the next',
  async (t) => {
    const dir = t.testdir()
    const files = await openStateFiles(dir)
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(1 + ((i * 7919) % 5000)))
    await Promise.all(texts.map((text) => files.write('journal', text)))
    t.equal(await files.read('journal'), texts.at(-1))
    const failed = files.write('missing/journal', 'x')
    await t.rejects(failed, FaultError)
    await files.write('journal', 'after')
    t.equal(await files.read('journal'), 'after')
    await files.remove('journal')
    t.equal(await files.read('journal'), undefined)
    await t.resolves(files.remove('journal'), 'removing twice is fine')
  },
)

t.test('a state file that is not text is damaged, not empty', async (t) => {
  const dir = t.testdir()
  writeFileSync(join(dir, 'state'), Buffer.from([0xff, 0xfe, 0x00]))
  const error: unknown = await readState(join(dir, 'state')).catch((thrown: unknown) => thrown)
  t.equal(codeOf(error), 'STATE_DAMAGED')
})

t.test('settings that cannot be read say which file and why', async (t) => {
  const dir = t.testdir({ 'demarc.toml': 'ü' })
  t.equal(await readSetting(join(dir, 'demarc.toml')), 'ü')
  const error: unknown = await readSetting(join(dir, 'none')).catch((thrown: unknown) => thrown)
  t.equal(codeOf(error), 'CONFIG_UNREADABLE')
  t.match(String(error), /none: there is no such file/)
})

const asRoot = process.getuid?.() === 0 ? {} : { skip: 'only root can become another user' }

t.test('a secret of root is refused with the command that mends it', asRoot, async (t) => {
  // A folder that another user may enter.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-secrets-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  chmodSync(dir, 0o755)
  const path = join(dir, 'net-a-bgp')
  writeFileSync(path, 'geheim\n', { mode: 0o600 })
  process.seteuid?.(65_534)
  const found = await readSecretFile(path).finally(() => process.seteuid?.(0))
  const message = /may not read it; run: chown \d+ \S+net-a-bgp$/
  t.match(found, { ok: false, faults: [{ code: 'SECRET_MISSING', message }] })
})

t.test('a secret that others may read is refused with the command that mends it', async (t) => {
  const dir = t.testdir({ 'net-a-bgp': 'geheim\n' })
  const path = join(dir, 'net-a-bgp')
  chmodSync(path, 0o640)
  const open = await readSecretFile(path)
  t.match(open, { ok: false, faults: [{ code: 'SECRET_MISSING', message: /0640.*chmod 600/ }] })
  t.notMatch(JSON.stringify(open), /geheim/)
  chmodSync(path, 0o600)
  t.same(await readSecretFile(path), { ok: true, value: 'geheim\n' })
})

t.test('a secret file without an end is not read to its end', async (t) => {
  const dir = t.testdir({ big: 'x'.repeat(5000) })
  chmodSync(join(dir, 'big'), 0o600)
  t.match(await readSecretFile(join(dir, 'big')), { ok: false })
  t.match(await readSecretFile('/dev/zero'), { ok: false })
})

t.test('a systemd credential comes before a file of the same name', async (t) => {
  const dir = t.testdir({
    credentials: { token: 'one', 'demarc.secret.a': 'one', 'demarc.secret.big': 'x'.repeat(5000) },
    files: { a: 'two', b: 'three', big: 'four' },
  })
  for (const name of ['a', 'b', 'big']) chmodSync(join(dir, 'files', name), 0o600)
  const env = { CREDENTIALS_DIRECTORY: join(dir, 'credentials') }
  t.same(await readCredential('token', env), { ok: true, value: 'one' })
  t.match(await readCredential('token', {}), { ok: false })
  const own = (name: string) =>
    readOwnSecret({ name, dir: join(dir, 'files'), credentialPrefix: 'demarc.secret.', env })
  t.match(await own('a'), { kind: 'text', text: 'one', from: 'systemd credential demarc.secret.a' })
  t.match(await own('b'), { kind: 'text', text: 'three', from: join(dir, 'files', 'b') })
  t.match(await own('big'), { kind: 'unusable' }, 'a credential that cannot be used hides the file')
  t.match(await own('absent'), { kind: 'missing', fault: { code: 'SECRET_MISSING' } })
  t.match(await own('../escape'), { kind: 'missing', fault: { code: 'SECRET_MISSING' } })
})
