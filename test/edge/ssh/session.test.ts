import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError, type Fault } from '../../../src/core/base/fault.js'
import { hostKey, knownKeys, toFingerprint } from '../../../src/edge/ssh/host-keys.js'
import { openSsh, type Credentials } from '../../../src/edge/ssh/session.js'
import { shellWords } from '../../../src/edge/ssh/shell-words.js'
import { judgeHostKey, keyTypes, type Trust } from '../../../src/edge/ssh/trust.js'
import { startSshd } from '../../support/process/sshd.js'

const sshd = await startSshd()
t.teardown(() => sshd.stop())

const nobody: Credentials = { keys: [], agent: null, password: null }
const byKey: Credentials = { ...nobody, keys: [sshd.key] }
const to = { host: '127.0.0.1', port: sshd.port, user: sshd.user }

function trusting(text: string, expected: string | null = null): Trust {
  return { known: knownKeys(text, to.host, to.port), expected }
}

async function faultOf(task: Promise<unknown>): Promise<Fault> {
  const error: unknown = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof FaultError) return error.fault
  throw new Error(`no fault, but ${String(error)}`)
}

async function logIn(t: Test, trust = trusting(sshd.knownHosts.ed25519)) {
  const session = await openSsh(to, byKey, trust)
  t.teardown(() => session.close())
  return session
}

t.test('a router known by its key is logged in to', async (t) => {
  const session = await logIn(t)
  t.match(await session.run(['echo', 'hello']), { code: 0, stdout: 'hello\n', stderr: '' })
})

t.test('a router known only by another kind of key is asked for that kind', async (t) => {
  const session = await logIn(t, trusting(sshd.knownHosts.rsa))
  t.equal((await session.run(['true'])).code, 0)
})

t.test('an unknown router is refused; the fingerprint and the remedy are shown', async (t) => {
  const { code, message } = await faultOf(openSsh(to, byKey, trusting('')))
  t.equal(code, 'SSH_HOST_KEY')
  t.ok(message.includes(`--host-key ${sshd.fingerprint}`))
  t.match(message, /ssh-keygen -lf \/etc\/ssh\/ssh_host_ed25519_key\.pub/)
  const session = await logIn(t, trusting('', sshd.fingerprint))
  t.equal((await session.run(['true'])).code, 0, 'with that option it is trusted')
})

t.test('a router with another key than the known one is refused', async (t) => {
  const other = await startSshd()
  t.teardown(() => other.stop())
  const line = other.knownHosts.ed25519.replace(String(other.port), String(sshd.port))
  const { code, message } = await faultOf(openSsh(to, byKey, trusting(line)))
  t.equal(code, 'SSH_HOST_KEY')
  t.match(message, /known_hosts has SHA256:/)
  const named = await faultOf(openSsh(to, byKey, trusting('', other.fingerprint)))
  t.equal(named.code, 'SSH_HOST_KEY')
  const revoked = trusting(`@revoked ${sshd.knownHosts.ed25519}`, sshd.fingerprint)
  t.match(await faultOf(openSsh(to, byKey, revoked)), { code: 'SSH_HOST_KEY', message: /revoked/ })
})

t.test('a wrong password is refused, and is not in the message', async (t) => {
  const wrong = { ...nobody, password: 'not-the-password' }
  const refused = await faultOf(openSsh(to, wrong, trusting(sshd.knownHosts.ed25519)))
  t.match(refused, { code: 'SSH_AUTH', message: /did not accept the password/ })
  t.notMatch(refused.message, /not-the-password/)
})

t.test('no way to log in is a fault of its own, and so is a key it does not know', async (t) => {
  const trust = trusting(sshd.knownHosts.ed25519)
  t.match(await faultOf(openSsh(to, nobody, trust)), {
    code: 'SSH_AUTH',
    message: /no key, agent or password was offered/,
  })
  const other = await startSshd()
  t.teardown(() => other.stop())
  const stranger = { ...nobody, keys: [other.key] }
  t.match(await faultOf(openSsh(to, stranger, trust)), { code: 'SSH_AUTH', message: /1 key/ })
})

t.test('a router that is not there is a fault to try again', async (t) => {
  const nowhere = { ...to, port: 1 }
  t.equal((await faultOf(openSsh(nowhere, byKey, trusting('')))).code, 'SSH_FAILED')
})

t.test('words reach the program as they are, whatever a shell would make of them', async (t) => {
  const session = await logIn(t)
  const words = [
    'a b',
    "it's",
    '$(id)',
    '`id`',
    '; id',
    '&& id',
    '| id',
    '*',
    '~',
    '"',
    '\\',
    'é\n-',
    '',
  ]
  const { stdout } = await session.run(['printf', '%s\\0', ...words])
  t.same(stdout.split('\0').slice(0, -1), words)
  t.throws(() => shellWords(['a\0b']), RangeError)
})

t.test('input is sent and ended, exit status and complaints come back', async (t) => {
  const session = await logIn(t)
  t.match(await session.run(['cat'], 'some text'), { code: 0, stdout: 'some text' })
  t.match(await session.run(['sh', '-c', 'echo no >&2; exit 7']), { code: 7, stderr: 'no\n' })
})

t.test('a command that prints without end is ended', async (t) => {
  const session = await logIn(t)
  const { stdout } = await session.run(['sh', '-c', 'yes'])
  t.ok(stdout.length < 16 * 1024 * 1024, `${stdout.length}`)
  t.equal((await session.run(['echo', 'still here'])).stdout, 'still here\n')
})

t.test('a file arrives whole and private', async (t) => {
  const session = await logIn(t)
  const dir = t.testdir()
  const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256))
  writeFileSync(join(dir, 'local'), data)
  await session.upload(join(dir, 'local'), join(dir, "it's remote"))
  t.ok(readFileSync(join(dir, "it's remote")).equals(data))
  t.equal(statSync(join(dir, "it's remote")).mode & 0o777, 0o600)
  const fault = await faultOf(session.upload(join(dir, 'local'), join(dir, 'no-dir', 'x')))
  t.match(fault, { code: 'SSH_FAILED', message: /cannot be written/ })
})

t.test('known_hosts is read as sshd(8) describes it', (t) => {
  const blob = (sshd.knownHosts.ed25519.split(' ')[2] ?? '').trim()
  const { fingerprint } = hostKey(Buffer.from(blob, 'base64'))
  t.equal(fingerprint, sshd.fingerprint)
  const knows = (line: string, host: string, port = 22) =>
    knownKeys(`# comment\n\n${line} ssh-ed25519 ${blob} a comment\n`, host, port).trusted.length ===
    1
  t.ok(knows('edge,192.0.2.1', '192.0.2.1'))
  t.ok(knows('*.example.net', 'Edge.Example.net'), 'patterns, without case')
  t.notOk(knows('*.example.net,!bad.example.net', 'bad.example.net'), 'negation')
  t.notOk(knows('edge', 'edge', 2222), 'another port is another name')
  t.ok(knows('[edge]:2222', 'edge', 2222))
  t.notOk(knows('edge.example', 'edgeXexample'), 'a dot is a dot')
  t.notOk(knows('@cert-authority edge', 'edge'), 'an authority is not a key')
  const file = join(t.testdir(), 'known_hosts')
  writeFileSync(file, `edge ssh-ed25519 ${blob}\n`)
  execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
  const hashed = readFileSync(file, 'utf8')
  t.match(hashed, /^\|1\|/)
  t.equal(knownKeys(hashed, 'edge', 22).trusted.length, 1, 'hashed names')
  t.equal(knownKeys(hashed, 'other', 22).trusted.length, 0)
  t.end()
})

t.test('fingerprints and key types are checked', (t) => {
  t.equal(toFingerprint(sshd.fingerprint), sshd.fingerprint)
  t.equal(toFingerprint('MD5:aa:bb'), undefined)
  t.equal(hostKey(Buffer.from([0])).type, '')
  t.equal(keyTypes(trusting(''))[0], 'ssh-ed25519')
  t.equal(keyTypes(trusting(sshd.knownHosts.rsa))[0], 'rsa-sha2-512')
  t.equal(
    judgeHostKey(trusting('', 'SHA256:x'), hostKey(Buffer.from('')), 'r')?.code,
    'SSH_HOST_KEY',
  )
  t.end()
})
