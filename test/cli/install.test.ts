import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError, type Fault } from '../../src/core/base/fault.js'
import { Refusal } from '../../src/cli/command/context.js'
import { caFile, settingsFile, systemFiles, tokenFile } from '../../src/cli/install/files.js'
import { install, type InstallFlags } from '../../src/cli/install/install.js'
import { parseDestination, readCredentials, readTrust } from '../../src/cli/install/login.js'
import { credentialFault } from '../../src/cli/install/operators-files.js'
import { planInstall, type HaveInstalled, type InstallFile } from '../../src/cli/install/plan.js'
import { judgePlatform, parseFacts } from '../../src/cli/install/platform.js'
import { describeRelease } from '../../src/cli/install/release.js'
import { parseAgentSettings } from '../../src/core/config/agent-file.js'
import { seconds } from '../../src/core/base/time.js'
import { sha256 } from '../../src/edge/host/facts/identity.js'
import { startSshd } from '../support/process/sshd.js'

const flags: InstallFlags = { askPassword: false, replace: false, wait: seconds(1) }
const router = parseFacts(
  'os=debian\nosVersion=12\ninit=systemd\nnode=v20.19.0\nfrr=8.4.4\nuid=0\n',
)

async function faultsOf(task: Promise<unknown>): Promise<readonly Fault[]> {
  const error: unknown = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Refusal) return error.faults
  if (error instanceof FaultError) return [error.fault]
  throw new Error(`no fault, but ${String(error)}`)
}

t.test('a router with Debian, systemd, Node and FRR new enough is taken', (t) => {
  t.same(judgePlatform(router, 'r'), [])
  const newer = { osVersion: '13', node: 'v22.1.0', frr: '10.3' }
  t.same(judgePlatform({ ...router, ...newer }, 'r'), [])
  t.end()
})

t.test('everything that is wrong with a router is reported at once, with the remedy', (t) => {
  const faults = judgePlatform(parseFacts('os=alpine\nnode=v20.18.3\nfrr=8.3.1\n'), 'root@r')
  t.same(new Set(faults.map(({ code }) => code)), new Set(['PLATFORM_UNSUPPORTED']))
  const text = faults.map(({ message }) => message).join('\n')
  for (const part of [/alpine/, /not systemd/, /v20\.18\.3/, /8\.3\.1.*apt-get install frr/]) {
    t.match(text, part)
  }
  t.equal(judgePlatform(parseFacts(''), 'r').length, 4, 'a router without any fact')
  t.end()
})

const own: InstallFile = {
  path: '/etc/demarc/demarc.toml',
  content: 'new',
  mode: '0644',
  owner: 'root:root',
  afterwards: null,
  restarts: true,
  keep: true,
}
const unit: InstallFile = { ...own, path: '/etc/systemd/system/demarcd.service', keep: false }
const asWanted = { mode: '644', owner: 'root:root' }

function installed(
  files: readonly InstallFile[],
  over: Partial<HaveInstalled> = {},
): HaveInstalled {
  return {
    files: new Map(files.map((file) => [file.path, { sha256: sha256(file.content), ...asWanted }])),
    releases: ['1-new'],
    current: '1-new',
    enabled: true,
    active: true,
    ...over,
  }
}

const steps = (have: HaveInstalled, replace = false) =>
  planInstall({ release: '1-new', files: [unit, own], replace }, have, sha256)

t.test('a bare router gets everything, the release first and the switch last', (t) => {
  const bare = installed([], { releases: [], current: null, enabled: false, active: false })
  const plan = steps(bare)
  t.same(
    plan.steps.map((step) => step.do),
    ['unpack', 'write', 'write', 'switch', 'enable', 'start'],
  )
  t.end()
})

t.test('a router that is as it should be is left alone', (t) => {
  t.same(steps(installed([unit, own])), { steps: [], kept: [] })
  t.end()
})

t.test(
  'settings on the router are kept, and the operator is notified; --replace overwrites',
  (t) => {
    const have = installed([unit, { ...own, content: 'old' }])
    t.same(steps(have).steps, [])
    t.match(steps(have).kept, [/demarc\.toml .*--replace/])
    t.same(
      steps(have, true).steps.map((step) => step.do),
      ['write', 'restart'],
    )
    t.end()
  },
)

t.test('what shipped is repaired, owner and mode too, and only then the agent restarts', (t) => {
  const changed = steps(installed([{ ...unit, content: 'edited' }, own]))
  t.same(
    changed.steps.map((step) => step.description),
    [`replace ${unit.path}`, 'restart demarcd; sessions and links stay up'],
  )
  const open = installed([unit, own])
  const files = new Map(open.files).set(own.path, {
    ...asWanted,
    sha256: sha256('new'),
    mode: '666',
  })
  t.match(steps({ ...open, files }).steps[0], { description: /owner and mode/ })
  t.same(
    steps(installed([unit, own], { active: false })).steps.map((step) => step.do),
    ['start'],
  )
  const upgrade = steps(installed([unit, own], { current: '1-old' }))
  t.same(
    upgrade.steps.map((step) => step.do),
    ['switch', 'restart'],
    'an unpacked release is kept',
  )
  t.end()
})

const toml = (token: string) =>
  `[agent]\nid = "r1"\n[hub]\nurls = ["wss://hub.example.net/agent"]\n${token}\n`

t.test('the token goes where the settings look for it, and nobody else may read it', async (t) => {
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
  t.equal(settingsFile('x').keep, true)
  const unitText = (await systemFiles('.')).find(({ path }) => path.endsWith('demarcd.service'))
  t.match(unitText?.content, /^LoadCredential=demarc\.token$/m, 'the unit loads that name')
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

t.test(
  'a release holds the programs and all they need, and has the identity of its content',
  async (t) => {
    const release = await describeRelease(process.cwd())
    t.match(release.id, /^\d+\.\d+\.\d+-[0-9a-f]{12}$/)
    t.equal((await describeRelease(process.cwd())).id, release.id)
    // Outside the project, or Node would find the project's own packages.
    const dir = mkdtempSync(join(tmpdir(), 'demarc-unpacked-'))
    t.teardown(() => rmSync(dir, { recursive: true }))
    const archive = await release.pack(async (file, bytes) => {
      t.ok(bytes < 3 * 1024 * 1024, `${bytes} octets`)
      execFileSync('tar', ['-xzf', file, '-C', dir])
      return Promise.resolve(file)
    })
    t.notOk(existsSync(archive), 'the archive is gone afterwards')
    for (const program of ['demarc', 'demarcd', 'demarc-hub']) {
      const main = join(dir, 'dist', `${program}.js`)
      const version = execFileSync(main, ['--version'], { encoding: 'utf8' })
      t.equal(version.trim(), release.id.split('-')[0], program)
    }
  },
)

async function sshFlags(t: Test, over: Partial<InstallFlags> = {}) {
  const sshd = await startSshd()
  t.teardown(() => sshd.stop())
  const dir = t.testdir({ known_hosts: sshd.knownHosts.ed25519, key: '' })
  writeFileSync(join(dir, 'key'), sshd.key, { mode: 0o600 })
  const knownHosts = join(dir, 'known_hosts')
  const given = { ...flags, identity: [join(dir, 'key')], knownHosts, ...over }
  return { sshd, given, target: { user: sshd.user, host: '127.0.0.1', port: sshd.port } }
}

t.test('install refuses a router whose key nobody has compared, and touches nothing', async (t) => {
  const { given, target, sshd } = await sshFlags(t)
  const stranger = install(target, { ...given, knownHosts: '/dev/null' }, () => undefined)
  const [fault] = await faultsOf(stranger)
  t.equal(fault?.code, 'SSH_HOST_KEY')
  t.ok(fault?.message.includes(sshd.fingerprint))
})

t.test('install refuses a machine without systemd, and leaves nothing behind', async (t) => {
  if (execFileSync('cat', ['/proc/1/comm'], { encoding: 'utf8' }) === 'systemd\n') {
    t.pass('process 1 of this machine is systemd; the lab tries the whole installation')
    return
  }
  const { given, target } = await sshFlags(t)
  const progress: string[] = []
  const faults = await faultsOf(install(target, given, (line) => void progress.push(line)))
  t.match(faults, [{ code: 'PLATFORM_UNSUPPORTED', message: /not systemd/ }])
  t.same(progress, [], 'no step was begun')
  t.notOk(readdirSync(tmpdir()).some((name) => name.startsWith('demarc-install')))
})
