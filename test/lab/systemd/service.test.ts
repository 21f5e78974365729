import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../support/command.js'
import { waitFor } from '../../support/wait.js'
import { startHub } from '../topology/hub.js'
import { BGP_PASSWORD, exampleIntent } from '../topology/interconnect.js'
import { buildSystemdRouter, unitProperty } from './router.js'

/** The installed agent under real systemd, from first contact over SSH to the last stop. */

const dir = process.env['DEMARC_OUT'] ?? '/tmp/lab'
const router = await buildSystemdRouter(dir)
t.teardown(async () => {
  router.sshd.stop()
  await router.bird.stop()
})

const knownHosts = router.file('known_hosts', router.sshd.knownHosts.ed25519)
const settings = router.file(
  'par-edge-1.toml',
  `[agent]
id = "par-edge-1"
[ports]
manage = ["enp1s0f*", "enp2s0.200"]
[intervals]
poll = 5
health = 2
`,
)

const install = (more: readonly string[], password = router.admin.password) =>
  router.demarc(
    [
      ...['install', `${router.admin.name}@127.0.0.1`, '--port', String(router.sshd.port)],
      ...['--settings', settings, '--wait', '90', ...more],
    ],
    { DEMARC_SSH_PASSWORD: password },
  )
const knowing = ['--known-hosts', knownHosts]

const pid = (): number => Number(unitProperty('demarcd', 'MainPID'))
const restarts = (): number => Number(unitProperty('demarcd', 'NRestarts'))
const session = () => router.bird.session('10.0.0.2')

/** What must not move when the agent comes and goes: the peer's session and the bond's carrier. */
function dataPlane() {
  const carrier = readFileSync('/sys/class/net/dl-par/carrier_changes', 'utf8').trim()
  return { since: session()?.since, established: session()?.established, carrier }
}

/** Until the agent answers on its socket. */
const answers = () =>
  waitFor('the agent answers', () => router.demarc(['--json', 'status']).stdout, {
    until: (text) => text.includes('"agentVersion"'),
    within: 60,
    every: 500,
  })

t.test('a wrong password or host key is refused, and nothing is on the router', (t) => {
  const wrong = install(knowing, 'not-the-password')
  t.equal(wrong.status, 77)
  t.match(wrong.stderr, /SSH_AUTH/)
  const stranger = install(['--known-hosts', '/dev/null'])
  t.equal(stranger.status, 77)
  t.match(stranger.stderr, /SSH_HOST_KEY.*--host-key SHA256:/)
  const other = router.file('wrong_hosts', router.sshd.strangersHosts)
  const changed = install(['--known-hosts', other])
  t.equal(changed.status, 77)
  t.match(changed.stderr, /SSH_HOST_KEY.*is known by SHA256:/)
  t.notOk(existsSync('/opt/demarc') || existsSync('/etc/systemd/system/demarcd.service'))
  t.notOk(existsSync('/etc/demarc'))
  t.end()
})

t.test('one command installs the agent, starts it and hears from it', (t) => {
  const { status, stdout, stderr } = install(knowing)
  t.equal(status, 0, stderr)
  t.match(stdout, /unpack release \d/)
  t.match(stdout, /write \/etc\/systemd\/system\/demarcd\.service/)
  t.match(stdout, /start demarcd\n/)
  t.match(stdout, /par-edge-1 runs demarc .* no-intent, no hub configured/)
  t.notMatch(stdout + stderr, new RegExp(router.admin.password))
  t.equal(unitProperty('demarcd', 'ActiveState'), 'active')
  t.equal(unitProperty('demarcd', 'UnitFileState'), 'enabled')
  t.end()
})

t.test('doing it again does nothing, and the agent goes on', (t) => {
  const before = pid()
  const { status, stdout } = install(knowing)
  t.equal(status, 0)
  t.match(stdout, /^nothing to do\n/)
  t.equal(pid(), before)
  t.end()
})

t.test('settings that are there are kept, unless they are to be replaced', (t) => {
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('health = 2', 'health = 3'))
  t.match(install(knowing).stdout, /nothing to do\nnote: \/etc\/demarc\/demarc\.toml .*--replace/)
  const before = pid()
  const { stdout } = install([...knowing, '--replace'])
  t.match(stdout, /replace \/etc\/demarc\/demarc\.toml\n {2}restart demarcd/)
  t.not(pid(), before)
  t.end()
})

t.test('the agent runs as its own user with two capabilities in a closed sandbox', async (t) => {
  await answers()
  const status = readFileSync(`/proc/${pid()}/status`, 'utf8')
  const uid = run('id', '-u', 'demarc').trim()
  t.match(status, new RegExp(`^Uid:\\t${uid}\\t`, 'm'))
  // Bits 12 and 13: CAP_NET_ADMIN and CAP_NET_RAW (linux/capability.h).
  for (const set of ['CapEff', 'CapBnd', 'CapAmb']) {
    t.match(status, new RegExp(`^${set}:\\t0000000000003000$`, 'm'))
  }
  t.match(status, /^NoNewPrivs:\t1$/m)
  t.match(status, /^Seccomp:\t2$/m)
  t.equal(statSync('/var/lib/demarc').mode & 0o777, 0o700)
  t.equal(statSync('/run/demarc/demarcd.sock').uid, Number(uid))
  t.match(unitProperty('demarcd', 'StatusText'), /\w/)
})

t.test('within that sandbox it makes all of the example intent, and the peer agrees', async (t) => {
  mkdirSync('/etc/demarc/secrets', { recursive: true })
  writeFileSync('/etc/demarc/secrets/net-a-bgp', BGP_PASSWORD, { mode: 0o600 })
  run('chown', 'demarc:demarc', '/etc/demarc/secrets/net-a-bgp')
  // 300 ms of BFD would measure how busy the machine is that plays the guest.
  const patient = JSON.stringify(exampleIntent(1))
    .replaceAll(/"(desiredMinimumTxInterval|requiredMinimumReceive)":300/g, '"$1":2000')
    .replaceAll('"detectionMultiplier":3', '"detectionMultiplier":10')
  const intent = router.file('intent.json', patient)
  const { status, stdout, stderr } = router.demarc(['apply', intent])
  t.equal(status, 0, `${stdout}${stderr}`)
  await waitFor('BIRD has the session', session, {
    until: (seen) => seen?.established === true,
    within: 60,
  })
  t.match(run('ip', '-d', 'link', 'show', 'dl-par'), /bond mode 802\.3ad/)
  t.match(run('ip', '-d', 'link', 'show', 'dl-par.100'), /vlan protocol 802\.1Q id 100/)
  t.match(run('ip', 'link', 'show', 'master', 'br-lab'), /dl-par\.200/)
  t.equal(run('sysctl', '-n', 'net.ipv4.conf.dl-par/100.rp_filter').trim(), '2')
  t.match(readFileSync('/etc/frr/frr.conf', 'utf8'), /neighbor 10\.0\.0\.1/, 'saved for a reboot')
})

t.test('a restart of the agent moves nothing', async (t) => {
  const before = dataPlane()
  t.equal(before.established, true)
  // For the next test: a watchdog that barks sooner, yet not at a guest that shares its processors.
  mkdirSync('/run/systemd/system/demarcd.service.d', { recursive: true })
  writeFileSync(
    '/run/systemd/system/demarcd.service.d/lab.conf',
    '[Service]\nWatchdogSec=30\nRestartSec=1\n',
  )
  run('systemctl', 'daemon-reload')
  run('systemctl', 'restart', 'demarcd.service')
  await answers()
  t.same(dataPlane(), before)
})

t.test('an agent whose loop hangs is killed and started again, and nothing moves', async (t) => {
  const [before, hung, count] = [dataPlane(), pid(), restarts()]
  run('kill', '-STOP', String(hung))
  await waitFor('systemd has restarted it', restarts, { until: (now) => now > count, within: 90 })
  await waitFor('a new process', pid, { until: (now) => now !== hung && now !== 0, within: 30 })
  await answers()
  t.match(run('journalctl', '-u', 'demarcd', '-o', 'cat', '--no-pager'), /[Ww]atchdog timeout/)
  t.same(dataPlane(), before)
})

t.test('a working agent is not killed by its watchdog', async (t) => {
  const [before, count] = [pid(), restarts()]
  await new Promise((resolve) => setTimeout(resolve, 35_000))
  t.equal(pid(), before)
  t.equal(restarts(), count)
})

t.test('stopping the agent leaves FRR, links and session alone', async (t) => {
  const before = dataPlane()
  const frr = unitProperty('frr', 'ActiveEnterTimestampMonotonic')
  run('systemctl', 'stop', 'demarcd.service')
  t.equal(unitProperty('demarcd', 'ActiveState'), 'inactive')
  t.equal(unitProperty('demarcd', 'Result'), 'success')
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  t.same(dataPlane(), before)
  t.equal(unitProperty('frr', 'ActiveState'), 'active')
  t.equal(unitProperty('frr', 'ActiveEnterTimestampMonotonic'), frr)
  run('systemctl', 'start', 'demarcd.service')
  await answers()
  t.same(dataPlane(), before)
})

t.test('a restart of FRR is survived, and the session comes back', async (t) => {
  const before = pid()
  run('systemctl', 'restart', 'frr.service')
  t.equal(unitProperty('demarcd', 'ActiveState'), 'active')
  t.equal(pid(), before, 'the agent was not dragged along')
  await waitFor('BIRD has the session again', session, {
    until: (seen) => seen?.established === true,
    within: 120,
  })
})

t.test('with a hub in its settings, install waits for the hello there', async (t) => {
  const [address, port] = ['127.0.0.1', 7480]
  const hub = await startHub({ dir: join(dir, 'hub'), router: 'par-edge-1', address, port })
  t.teardown(() => hub.stop())
  const withHub = router.file(
    'with-hub.toml',
    `${readFileSync(settings, 'utf8')}[hub]
urls = ["${hub.agentUrl}"]
token_file = "/etc/demarc/hub.token"
ca_file = "/etc/demarc/hub-ca.pem"
`,
  )
  const more = [...knowing, '--replace', '--settings', withHub]
  const refused = install(more)
  t.equal(refused.status, 65)
  t.match(refused.stderr, /hub\.token: .*--token FILE\n.*hub-ca\.pem: .*--ca FILE/)
  const before = { ...dataPlane(), pid: pid() }
  const { status, stdout, stderr } = install([
    ...more,
    ...['--token', hub.tokenFile, '--ca', hub.caFile],
  ])
  t.equal(status, 0, stderr)
  t.match(stdout, new RegExp(`said hello to ${hub.agentUrl}`))
  t.equal(statSync('/etc/demarc/hub.token').mode & 0o777, 0o600)
  t.same({ ...dataPlane(), pid: before.pid }, before)
  t.not(pid(), before.pid, 'it runs with the new settings')
  t.notMatch(stdout + stderr, new RegExp(readFileSync(hub.tokenFile, 'utf8')))
})

t.test('no secret is in the journal', (t) => {
  const journal = run('journalctl', '-b', '-o', 'cat', '--no-pager', '-u', 'demarcd', '-u', 'frr')
  t.notMatch(journal, new RegExp(BGP_PASSWORD))
  t.notMatch(journal, new RegExp(router.admin.password))
  t.end()
})
