import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError, type Fault } from '../../src/core/base/fault.js'
import { Refusal } from '../../src/cli/command/context.js'
import { caFile, settingsFile, tokenFile } from '../../src/cli/install/files.js'
import { installAll, type FleetFlags } from '../../src/cli/install/fleet/fleet.js'
import { fill, targetsOf, type Target } from '../../src/cli/install/fleet/targets.js'
import { parseDestination, readCredentials, readTrust } from '../../src/cli/install/login.js'
import { credentialFault } from '../../src/cli/install/operators-files.js'
import { parsePackageName, readPackages } from '../../src/cli/install/package-file.js'
import { planInstall, type HaveInstalled, type InstallFile } from '../../src/cli/install/plan.js'
import { judgePlatform, parseFacts } from '../../src/cli/install/platform.js'
import { worseThan } from '../../src/cli/install/well-being.js'
import { parseAgentSettings } from '../../src/core/config/agent-file.js'
import { seconds } from '../../src/core/base/time.js'
import { sha256 } from '../../src/edge/host/facts/identity.js'
import { startSshd } from '../support/process/sshd.js'

const flags = { askPassword: false, replace: false, wait: seconds(1) }
const router = parseFacts('os=debian\nosVersion=12\ninit=systemd\narch=amd64\nfrr=8.4.4\nuid=0\n')

async function faultsOf(task: Promise<unknown>): Promise<readonly Fault[]> {
  const error: unknown = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Refusal) return error.faults
  if (error instanceof FaultError) return [error.fault]
  throw new Error(`no fault, but ${String(error)}`)
}

t.test('a router with Debian, systemd and FRR new enough is taken', (t) => {
  t.same(judgePlatform(router, 'r'), [])
  t.same(judgePlatform({ ...router, osVersion: '13', frr: '10.3' }, 'r'), [])
  t.same(judgePlatform({ ...router, frr: '' }, 'r'), [], 'apt installs FRR with the package')
  t.end()
})

t.test('everything that is wrong with a router is reported at once, with the remedy', (t) => {
  const faults = judgePlatform(parseFacts('os=alpine\nfrr=8.3.1\nhidden=yes\n'), 'root@r')
  t.same(new Set(faults.map(({ code }) => code)), new Set(['PLATFORM_UNSUPPORTED']))
  const text = faults.map(({ message }) => message).join('\n')
  for (const part of [/alpine/, /not systemd/, /8\.3\.1.*apt-get install frr/, /daemon-reload/]) {
    t.match(text, part)
  }
  t.equal(judgePlatform(parseFacts(''), 'r').length, 2, 'a router without any fact')
  t.end()
})

const own: InstallFile = {
  path: '/etc/demarc/demarc.toml',
  content: 'new',
  mode: '0644',
  owner: 'root:root',
}
const token: InstallFile = { ...own, path: '/etc/demarc/hub.token', owner: 'demarc:demarc' }
const file = {
  ...{ path: '/x/demarc_0.2.0_amd64.deb', name: 'demarc_0.2.0_amd64.deb', version: '0.2.0' },
  ...{ arch: 'amd64', octets: 1, sha256: 'new' },
}

function installed(over: Partial<HaveInstalled> = {}): HaveInstalled {
  const found = (of: InstallFile) =>
    [of.path, { sha256: sha256('new'), mode: of.mode.slice(1), owner: of.owner }] as const
  return {
    ...{ version: '0.2.0', isWhole: true, active: true },
    ...{ kept: new Map(), files: new Map([found(own), found(token)]) },
    ...over,
  }
}

const planned = (have: HaveInstalled, replace = false) =>
  planInstall({ package: file, files: [own, token], replace }, have, sha256)
const kinds = (have: HaveInstalled, replace = false) =>
  planned(have, replace).steps.map((step) =>
    step.do === 'write' ? `write ${step.file.path}` : step.do,
  )

t.test('files of root come before the package, those of its user after it', (t) => {
  const bare = installed({ version: null, isWhole: false, active: false, files: new Map() })
  const wanted = ['write /etc/demarc/demarc.toml', 'package', 'write /etc/demarc/hub.token']
  t.same(kinds(bare), [...wanted, 'restart'])
  t.end()
})

t.test('a router that is as it should be is left alone', (t) => {
  t.same(planned(installed()), { steps: [], notReplaced: [] })
  t.same(kinds(installed({ active: false })), ['start'])
  t.end()
})

t.test('another version, another file of it, and an interrupted dpkg are installed', (t) => {
  t.same(kinds(installed({ version: '0.1.0' })), ['package'])
  t.same(kinds(installed({ isWhole: false })), ['package'])
  const kept = (digest: string) => new Map([[file.name, { path: '/k', sha256: digest }]])
  t.same(kinds(installed({ kept: kept('other') })), ['package'])
  t.same(kinds(installed({ kept: kept('new') })), [])
  t.end()
})

t.test('files that differ are kept and named; --replace overwrites; modes are repaired', (t) => {
  const have = installed()
  const files = new Map(have.files).set(own.path, {
    ...{ sha256: sha256('old'), mode: '644', owner: 'root:root' },
  })
  t.same(kinds({ ...have, files }), [])
  t.match(planned({ ...have, files }).notReplaced, [/demarc\.toml .*--replace/])
  t.same(kinds({ ...have, files }, true), ['write /etc/demarc/demarc.toml', 'restart'])
  files.set(own.path, { sha256: sha256('new'), mode: '666', owner: 'root:root' })
  t.match(planned({ ...have, files }).steps[0], { description: /owner and mode/ })
  t.end()
})

t.test("a package's file says its version and architecture in its name", async (t) => {
  t.same(parsePackageName('/a/demarc_0.1.0~rc1_arm64.deb'), { version: '0.1.0~rc1', arch: 'arm64' })
  for (const name of ['demarc-hub_0.1.0_amd64.deb', 'demarc_0.1.0_amd64 (1).deb', 'demarc.deb']) {
    t.equal(parsePackageName(name), undefined, name)
  }
  const dir = t.testdir({ 'demarc_1_amd64.deb': 'x', b: { 'demarc_2_amd64.deb': 'y' } })
  const one = join(dir, 'demarc_1_amd64.deb')
  t.match(await readPackages('--package', [one]), [{ octets: 1, sha256: sha256('x') }])
  const two = readPackages('--package', [one, join(dir, 'b/demarc_2_amd64.deb')])
  t.match(await faultsOf(two), [{ message: /two packages are for amd64/ }])
  const missing = readPackages('--package', [join(dir, 'demarc_3_amd64.deb')])
  t.match(await faultsOf(missing), [{ code: 'FILE_UNREADABLE' }])
})

const targets = (over: Partial<Parameters<typeof targetsOf>[0]>) =>
  targetsOf({ destinations: [], hosts: null, settings: [], port: 22, ...over })
const valuesAt = (found: readonly Target[]) =>
  found.map(({ to, values }) => [to.host, to.port, values.get('id'), values.get('as')])

t.test('routers come from the command line and a table, each with its values', (t) => {
  const host = { user: 'root', host: 'par-edge-1.example.net', port: 22 }
  const text = '# ours\nhost, id, as,port\nadmin@192.0.2.7, lon-edge-1, 65001, 2222\n\n'
  const found = targets({
    destinations: [host],
    hosts: { name: 'r.csv', text },
    settings: ['as=1'],
  })
  t.same(valuesAt(found), [
    ['par-edge-1.example.net', 22, 'par-edge-1', '1'],
    ['192.0.2.7', 2222, 'lon-edge-1', '1'],
  ])
  const named = targets({ destinations: [host], settings: ['id={user}-{host}'] })
  t.equal(named[0]?.values.get('id'), 'root-par-edge-1.example.net')
  const values = named[0]?.values ?? new Map<string, string>()
  const wrong: string[] = []
  t.equal(
    fill('id = "{id}" {x} { a = 1 }', values, (why) => wrong.push(why)).slice(0, 9),
    'id = "roo',
  )
  t.match(wrong, [/nothing gives \{x\} a value: --set x=VALUE/])
  t.end()
})

t.test('a table or a value that cannot be used is refused, all of it at once', (t) => {
  const csv = (text: string, settings: readonly string[] = []) => {
    try {
      targets({ hosts: { name: 'r.csv', text }, settings })
    } catch (error) {
      if (error instanceof Refusal) return error.faults.map(({ at, message }) => `${at} ${message}`)
    }
    throw new Error('it was taken')
  }
  t.match(csv('a@b\n'), [/^r\.csv:1 .*names the columns/])
  t.match(csv('host,id\nb,1\na@c\n'), [/^r\.csv:2 .*USER@HOST/, /^r\.csv:3 has 1 values for 2/])
  t.match(csv('host\na@b\na@b\n'), [/named twice/])
  t.match(csv('host,port\na@b,99999\n'), [/port/])
  t.match(csv('host\na@b\n', ['x="']), [/\{x\} must be/], 'no value ends a string of TOML')
  t.match(csv('host\na@b\n', ['X=1']), [/NAME=VALUE/])
  t.match(csv('host\n'), [/name a router/])
  t.end()
})

/** A router at a glance, as its agent shows it. */
function glance(over: object = {}, neighbor: object = {}) {
  const well = { severity: 'ok', findings: {} }
  const session = { ...well, sessionState: 'ESTABLISHED', ...neighbor }
  const health = { router: well, ports: { p0: well }, neighbors: { 'net-a/10.0.0.1': session } }
  return { state: 'in-sync', hub: { connected: true }, health, ...over }
}

t.test('a router is worse by its state, its hub, a severity or a lost session', (t) => {
  t.same(worseThan(glance(), glance()), [])
  t.same(worseThan(glance({ state: 'no-intent' }), glance()), [])
  t.match(worseThan(glance(), glance({ state: 'drifted' })), [/drifted; it was in-sync/])
  t.match(worseThan(glance(), glance({ hub: { connected: false } })), [/its hub/])
  const down = {
    ...{ sessionState: 'ACTIVE', severity: 'critical' },
    findings: { NEIGHBOR_DOWN: { message: 'it does not answer' } },
  }
  t.match(worseThan(glance(), glance({}, down)), [
    /session with net-a\/10\.0\.0\.1 is lost: it is ACTIVE/,
    /is critical; it was ok: it does not answer/,
  ])
  t.same(worseThan(glance({}, down), glance({}, down)), [], 'what was bad before may stay so')
  t.same(worseThan(glance({}, down), glance()), [], 'better is not worse')
  t.match(worseThan(glance(), glance({}, { severity: 'dire' })), [/is dire/], 'a word of later')
  const gone = glance({ health: { router: { severity: 'ok' } } })
  t.match(worseThan(glance(), gone), [/p0 is not in its health/, /net-a/])
  t.end()
})

const toml = (token: string) =>
  `[agent]\nid = "r1"\n[hub]\nurls = ["wss://hub.example.net/agent"]\n${token}\n`

t.test('the token goes where the settings look for it, and nobody else may read it', (t) => {
  const byFile = parseAgentSettings(toml('token_file = "/etc/demarc/hub.token"'), 'f')
  const byName = parseAgentSettings(toml('token_credential = "demarc.token"'), 'f')
  const without = parseAgentSettings('[agent]\nid = "r1"\n', 'f')
  if (!byFile.ok || !byName.ok || !without.ok)
    throw new Error('the settings of this test are wrong')
  t.match(tokenFile(byFile.value, 'x'), { path: '/etc/demarc/hub.token', owner: 'demarc:demarc' })
  t.match(tokenFile(byName.value, 'x'), { path: '/etc/credstore/demarc.token', mode: '0600' })
  t.equal(tokenFile(without.value, 'x'), null)
  t.equal(credentialFault(byName.value), null)
  t.equal(credentialFault(byFile.value), null)
  const other = parseAgentSettings(toml('token_credential = "hub-token"'), 'f')
  if (!other.ok) throw new Error('the settings of this test are wrong')
  t.match(credentialFault(other.value), { code: 'CONFIG_VALUE', message: /demarc\.token/ })
  t.equal(caFile(byFile.value, 'x'), null, 'these settings name no CA file')
  t.match(settingsFile('x'), { path: '/etc/demarc/demarc.toml', mode: '0644' })
  const unit = readFileSync('systemd/demarcd.service', 'utf8')
  t.match(unit, /^LoadCredential=demarc\.token$/m, 'the unit loads that name')
  t.end()
})

t.test('a destination is a user and a host, and nothing that a shell could take', (t) => {
  t.same(parseDestination('root@192.0.2.7'), { user: 'root', host: '192.0.2.7', port: 22 })
  t.equal(parseDestination('a.b@[2001:db8::1]')?.host, '2001:db8::1')
  for (const text of ['host', '@host', 'a@', '-oProxyCommand=x@h', 'a@h;id', 'a b@h', 'a@h o']) {
    t.equal(parseDestination(text), undefined, text)
  }
  t.end()
})

t.test('a password comes from a private file or the environment', async (t) => {
  const dir = t.testdir({ password: 'geheim\n' })
  const passwordFile = join(dir, 'password')
  chmodSync(passwordFile, 0o644)
  t.match(await faultsOf(readCredentials({ ...flags, passwordFile }, {})), [
    { message: /chmod 600/ },
  ])
  chmodSync(passwordFile, 0o600)
  t.match(await readCredentials({ ...flags, passwordFile }, {}), { password: 'geheim' })
  const env = { DEMARC_SSH_PASSWORD: 'x', SSH_AUTH_SOCK: '/agent' }
  t.match(await readCredentials(flags, env), { password: 'x', agent: '/agent' })
  t.match(await readCredentials({ ...flags, identity: [passwordFile] }, env), { agent: null })
  const missing = { ...flags, identity: [join(dir, 'none')] }
  t.match(await faultsOf(readCredentials(missing, {})), [
    { code: 'FILE_UNREADABLE', message: 'no such file' },
  ])
  const odd = { ...flags, hostKey: 'MD5:00' }
  t.match(await faultsOf(readTrust(odd, { user: 'a', host: 'h', port: 22 })), [
    { at: '--host-key' },
  ])
})

async function sshFlags(t: Test, over: Partial<FleetFlags> = {}) {
  const sshd = await startSshd()
  t.teardown(() => sshd.stop())
  const dir = t.testdir({
    ...{ known_hosts: sshd.knownHosts.ed25519, key: '' },
    ...{ 'r.toml': 'id = "{nothing}"', 'hosts.csv': 'host\nb@192.0.2.1\n' },
  })
  writeFileSync(join(dir, 'key'), sshd.key, { mode: 0o600 })
  const given = {
    ...{ ...flags, identity: [join(dir, 'key')], knownHosts: join(dir, 'known_hosts') },
    ...{ port: sshd.port, return: true, continue: false, parallel: 1, soak: seconds(1), ...over },
  }
  const progress: string[] = []
  const run = (over: Partial<FleetFlags> = {}) =>
    installAll(
      [{ user: sshd.user, host: '127.0.0.1', port: 22 }],
      { ...given, ...over },
      (host, line) => progress.push(`${host} ${line}`),
    )
  return { dir, sshd, run, progress }
}

t.test('install refuses a router whose key nobody has compared, and touches nothing', async (t) => {
  const { run, sshd } = await sshFlags(t)
  const [stranger] = await run({ knownHosts: '/dev/null' })
  t.match(stranger, { outcome: 'failed', faults: [{ code: 'SSH_HOST_KEY' }] })
  t.ok(JSON.stringify(stranger).includes(sshd.fingerprint))
})

t.test("what is wrong on the operator's machine is refused before any log-in", async (t) => {
  const { dir, run, progress } = await sshFlags(t)
  t.match(await faultsOf(run({ settings: join(dir, 'r.toml') })), [{ message: /\{nothing\}/ }])
  t.match(await faultsOf(run({ token: join(dir, '{id}.token') })), [{ code: 'SECRET_MISSING' }])
  const hosts = join(dir, 'hosts.csv')
  const key = run({ hosts, hostKey: `SHA256:${'a'.repeat(43)}` })
  t.match(await faultsOf(key), [{ at: '--host-key' }])
  t.same(progress, [])
})

const isSystemd = readFileSync('/proc/1/comm', 'utf8') === 'systemd\n'
const skip = isSystemd ? 'process 1 of this machine is systemd' : false
t.test(
  'install refuses a machine without systemd, and leaves nothing behind',
  { skip },
  async (t) => {
    const { run, progress } = await sshFlags(t)
    const [outcome] = await run()
    t.match(outcome, {
      outcome: 'failed',
      faults: [{ code: 'PLATFORM_UNSUPPORTED', message: /not systemd/ }],
    })
    t.same(progress, [], 'no step was begun')
    t.notOk(readdirSync(tmpdir()).some((name) => name.startsWith('demarc-install.')))
  },
)
