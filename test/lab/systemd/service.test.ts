import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import * as z from 'zod'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { startHub } from '../topology/hub.js'
import { BGP_PASSWORD } from '../topology/interconnect.js'
import { testBundle } from './planted-journal.js'
import {
  buildSystemdRouter,
  deadline,
  findingsOf,
  JOURNAL,
  probedStates,
  serviceIntent,
  SESSIONS,
  unitProperty,
} from './router.js'

/** The installed agent under real systemd, from the first SSH connection to the last stop. */

/** WatchdogSec in seconds: shorter than the unit's, but long enough for a guest that shares its processors. */
const WATCHDOG = 30

const dir = process.env['DEMARC_OUT'] ?? '/tmp/lab'
const ROUTER = 'par-edge-1'
const router = await buildSystemdRouter(dir)
const where = { address: '127.0.0.1', port: 7480 }
const hub = await startHub({ dir: join(dir, 'hub'), router: ROUTER, ...where })
t.teardown(async () => {
  router.sshd.stop()
  await hub.stop()
  await router.bird.stop()
})
mkdirSync('/run/systemd/system/demarcd.service.d', { recursive: true })
writeFileSync(
  '/run/systemd/system/demarcd.service.d/lab.conf',
  `[Service]\nWatchdogSec=${WATCHDOG}\nRestartSec=1\n`,
)

const knownHosts = router.file('known_hosts', router.sshd.knownHosts.ed25519)
const strangersHosts = router.file('strangers_hosts', router.sshd.strangersHosts)
const settings = router.file(
  'par-edge-1.toml',
  `[agent]
id = "${ROUTER}"
[hub]
urls = ["${hub.agentUrl}"]
token_file = "/etc/demarc/hub.token"
ca_file = "/etc/demarc/hub-ca.pem"
reconnect_max = 2
[ports]
manage = ["enp1s0f*", "enp2s0.200"]
[intervals]
poll = 5
health = 2
[safety]
max_impact = "traffic-loss"
`,
)
const forTheHub = ['--token', hub.tokenFile, '--ca', hub.caFile]

function install(more: readonly string[], known = knownHosts, password = router.admin.password) {
  const where = [`${router.admin.name}@127.0.0.1`, '--port', String(router.sshd.port)]
  const words = ['install', ...where, '--known-hosts', known, '--settings', settings, ...more]
  // `scripts/lab test --systemd` builds it.
  words.push('--package', '.cache/deb-lab/demarc_0.1.0_amd64.deb', '--wait', '90')
  return router.demarc(words, { DEMARC_SSH_PASSWORD: password })
}

const pid = (): number => Number(unitProperty('demarcd', 'MainPID'))
const restarts = (): number => Number(unitProperty('demarcd', 'NRestarts'))
const sessions = () => SESSIONS.map((address) => router.bird.session(address))

const allEstablished = (what: string) =>
  waitFor(what, sessions, {
    until: (found) => found.every((session) => session?.established === true),
    within: 120,
    every: 500,
  })

/** What a start or stop of the agent must not change: the peer's sessions and the bond's carrier transitions. */
function dataPlane() {
  const carrier = readFileSync('/sys/class/net/dl-par/carrier_changes', 'utf8').trim()
  return { sessions: sessions(), carrier }
}

/** Waits until a new agent has read the router and found it in sync with the intent. */
const inSync = () =>
  waitFor('the agent is in sync', () => unitProperty('demarcd', 'StatusText'), {
    until: (text) => text === 'in-sync, generation 1',
    within: 90,
    every: 500,
  })

const Router = z.looseObject({ connected: z.boolean() })
const History = z.looseObject({ changes: z.array(z.looseObject({ phase: z.string() })) })
const fromHub = (path: string) => hub.api('GET', `/v1/routers/${ROUTER}${path}`)
const probed = async () => probedStates((await fromHub('/health')).body)

t.test('a wrong password or host key is refused, and nothing is installed', (t) => {
  const wrong = install(forTheHub, knownHosts, 'not-the-password')
  const changed = install(forTheHub, strangersHosts)
  t.equal(wrong.status, 77)
  t.match(wrong.stderr, /SSH_AUTH/)
  t.equal(changed.status, 77)
  t.match(changed.stderr, /SSH_HOST_KEY.*known_hosts has SHA256:/)
  t.notOk(existsSync('/usr/lib/demarc') || existsSync('/etc/demarc'))
  t.throws(() => run('id', 'demarc'), 'no user was created')
  t.end()
})

t.test('one command installs and starts the agent, and it connects to the hub', async (t) => {
  const { status, stdout, stderr } = install(forTheHub)
  t.equal(status, 0, stderr)
  t.match(
    stdout,
    /install demarc 0\.1\.0\n {2}write \/etc\/demarc\/hub\.token\n {2}restart demarcd/,
  )
  t.match(stdout, new RegExp(`${ROUTER} runs demarc .* no-intent, connected to ${hub.agentUrl}`))
  t.equal(Router.parse((await fromHub('')).body).connected, true)
  t.equal(unitProperty('demarcd', 'ActiveState'), 'active')
  t.equal(unitProperty('demarcd', 'UnitFileState'), 'enabled')
  t.equal(statSync('/etc/demarc/hub.token').mode & 0o777, 0o600)
  t.notMatch(stdout + stderr, new RegExp(router.admin.password))
  t.notMatch(stdout + stderr, new RegExp(readFileSync(hub.tokenFile, 'utf8')))
})

t.test('a second install changes nothing, and the agent keeps running', (t) => {
  const before = pid()
  const { status, stdout, stderr } = install(forTheHub)
  t.equal(status, 0, stderr)
  t.match(stdout, /^127\.0\.0\.1: unchanged\n/)
  t.equal(pid(), before)
  t.end()
})

t.test('the agent runs as its own user with two capabilities in a closed sandbox', (t) => {
  const status = readFileSync(`/proc/${pid()}/status`, 'utf8')
  const uid = run('id', '-u', 'demarc').trim()
  t.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'))
  // Bits 12 and 13: CAP_NET_ADMIN and CAP_NET_RAW (linux/capability.h).
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    t.match(status, new RegExp(`^${set}:\\t0000000000003000$`, 'm'))
  }
  t.match(status, /^NoNewPrivs:\t1$/m)
  t.match(status, /^Seccomp:\t2$/m)
  t.equal(statSync('/var/lib/demarc').mode & 0o777, 0o700)
  t.equal(statSync('/run/demarc/demarcd.sock').uid, Number(uid))
  t.equal(unitProperty('demarcd', 'StatusText'), 'no-intent')
  t.end()
})

t.test('in that sandbox it applies a whole intent, and the peer has the sessions', async (t) => {
  writeFileSync('/etc/demarc/secrets/net-a-bgp', BGP_PASSWORD, { mode: 0o600 })
  run('chown', 'demarc:demarc', '/etc/demarc/secrets/net-a-bgp')
  const pushed = await hub.api('PUT', `/v1/routers/${ROUTER}/intent`, serviceIntent())
  t.ok(pushed.status < 300, JSON.stringify(pushed))
  await waitFor('confirmed', () => fromHub('/history'), {
    until: ({ body }) => History.parse(body).changes.some(({ phase }) => phase === 'confirmed'),
    within: 90,
  })
  await allEstablished('BIRD has both sessions')
  await waitFor('BFD is up', () => run('vtysh', '-c', 'show bfd peers brief'), {
    until: (text) => /10\.0\.0\.2 +10\.0\.0\.1 +up/.test(text),
    within: 60,
    every: 1000,
  })
  await waitFor('the VRF has its route', () => run('ip', 'route', 'show', 'vrf', 'blue'), {
    until: (text) => /10\.64\.0\.0\/24 .*via 10\.0\.1\.1/.test(text),
    within: 30,
  })
  await waitFor('fping has answers, in the default VRF and in another', probed, {
    until: (states) => states.every((state) => state === 'ANSWERS'),
    within: 60,
    every: 1000,
  })
  await inSync()
  t.match(run('ip', '-d', 'link', 'show', 'dl-par'), /bond mode 802\.3ad/)
  t.match(run('ip', '-d', 'link', 'show', 'dl-par.100'), /vlan protocol 802\.1Q id 100/)
  t.match(run('ip', 'address', 'show', 'dl-par.100'), /inet 10\.0\.0\.2\/30/)
  t.match(run('ip', 'link', 'show', 'master', 'br-lab'), /dl-par\.200/)
  t.match(run('ip', 'link', 'show', 'master', 'blue'), /dl-par\.300/)
  for (const link of ['dl-par/100', 'dl-par/300']) {
    t.equal(run('sysctl', '-n', `net.ipv4.conf.${link}.rp_filter`).trim(), '2')
    t.equal(run('sysctl', '-n', `net.ipv4.conf.${link}.forwarding`).trim(), '1')
  }
  t.match(readFileSync('/etc/frr/frr.conf', 'utf8'), /neighbor 10\.0\.0\.1/, 'saved for a reboot')
  t.match(JSON.stringify((await fromHub('/health')).body), /"10GBASE-LR"/, 'optics are read')
})

t.test('new settings restart the agent and change nothing else', async (t) => {
  const [before, started] = [dataPlane(), pid()]
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('health = 2', 'health = 3'))
  const { status, stdout, stderr } = install([...forTheHub, '--replace'])
  t.equal(status, 0, stderr)
  t.match(
    stdout,
    /^127\.0\.0\.1: 2 changes\n {2}replace \/etc\/demarc\/demarc\.toml\n {2}restart demarcd/,
  )
  t.not(pid(), started)
  await inSync()
  t.same(dataPlane(), before)
})

t.test('an agent whose loop hangs is killed and restarted, and no session is reset', async (t) => {
  const [before, hung, count] = [dataPlane(), pid(), restarts()]
  run('kill', '-STOP', String(hung))
  await waitFor('systemd has restarted it', restarts, {
    until: (now) => now > count,
    within: 3 * WATCHDOG,
  })
  await inSync()
  t.not(pid(), hung)
  t.match(run('journalctl', '-u', 'demarcd', '-o', 'cat', '--no-pager'), /[Ww]atchdog timeout/)
  t.same(dataPlane(), before)
})

t.test('the agent survives a restart of FRR, and the sessions come back', async (t) => {
  const [before, count] = [pid(), restarts()]
  run('systemctl', 'restart', 'frr.service')
  await allEstablished('BIRD has the sessions again')
  await inSync()
  t.equal(pid(), before, 'the agent was not restarted')
  t.equal(restarts(), count)
})

/** Seconds since the boot of the guest; setting the clock does not change it. */
const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])

t.test('a bgpd that hangs is reported, and the waiting agent is not killed', async (t) => {
  const [running, count, since] = [pid(), restarts(), uptime()]
  const bgpd = readFileSync('/run/frr/bgpd.pid', 'utf8').trim()
  const status = () => router.demarc(['status']).stdout
  run('kill', '-STOP', bgpd)
  try {
    const output = await waitFor('demarc status shows the fault', status, {
      until: (text) => text.includes('FRR_UNAVAILABLE'),
      within: 120,
      every: 1000,
    })
    t.match(output, /Fault +FRR_UNAVAILABLE +bgpd: bgpd did not answer within \d+ s/)
    await waitFor('the watchdog would have killed the agent', uptime, {
      until: (now) => now > since + 1.5 * WATCHDOG,
      within: 2 * WATCHDOG,
    })
  } finally {
    run('kill', '-CONT', bgpd)
  }
  await allEstablished('BIRD has the sessions again')
  await waitFor('the fault is gone', status, {
    until: (text) => /^State +in-sync, generation 1$/m.test(text) && !/^Fault/m.test(text),
    within: 90,
    every: 500,
  })
  const lines = run('journalctl', '-p', 'err', '-u', 'demarcd', '-o', 'cat', '--no-pager')
  t.match(lines, /^\{"level":"error".*"FRR_UNREACHABLE"/m, 'the journal has it as an error')
  t.notMatch(lines, /"level":"(?:info|warn)"/, 'and nothing of less priority')
  t.equal(readFileSync('/run/frr/bgpd.pid', 'utf8').trim(), bgpd, 'it is the same bgpd')
  t.equal(pid(), running)
  t.equal(restarts(), count)
})

t.test('a working agent is not killed by its watchdog', async (t) => {
  const [running, count] = [pid(), restarts()]
  const since = Number(unitProperty('demarcd', 'ActiveEnterTimestampMonotonic')) / 1e6
  await waitFor('older than the watchdog', uptime, {
    until: (now) => now > since + 1.5 * WATCHDOG,
    within: 2 * WATCHDOG,
    every: 1000,
  })
  t.equal(pid(), running)
  t.equal(restarts(), count)
})

t.test('stopping the agent leaves FRR, links and sessions alone', async (t) => {
  const [before, frr] = [dataPlane(), unitProperty('frr', 'ActiveEnterTimestampMonotonic')]
  run('systemctl', 'stop', 'demarcd.service')
  t.equal(unitProperty('demarcd', 'ActiveState'), 'inactive')
  t.equal(unitProperty('demarcd', 'Result'), 'success')
  // BIRD notices the end of a session or a link within the 5 s that this takes at least.
  await testBundle(t, router, join(dir, 'support-bundle.tar.gz'))
  t.same(dataPlane(), before)
  t.equal(unitProperty('frr', 'ActiveState'), 'active')
  t.equal(unitProperty('frr', 'ActiveEnterTimestampMonotonic'), frr)
  run('systemctl', 'start', 'demarcd.service')
  await inSync()
  t.same(dataPlane(), before)
})

/** The intent with one more attachment. */
function grown(generation: number) {
  const first = serviceIntent()
  const netD = {
    ...{ name: 'net-d', connection: 'dl-par', vlanId: 400, mtu: 1500 },
    l3: { addresses: ['10.0.9.2/30'] },
  }
  const accept = [{ rule: 'outscale/sessions', reason: 'the attachment is used without BGP' }]
  const connections = first.connections.map((connection) => ({ ...connection, accept }))
  return { ...first, generation, connections, attachments: [...first.attachments, netD] }
}

/** Applies the larger intent with a confirmation window; returns its deadline in ms since the boot. */
function applyProvisional(t: Test, generation: number, window: string): Promise<number> {
  const file = router.file('grown.json', JSON.stringify(grown(generation)))
  const name = `change-${generation}`
  const applied = router.demarc(['apply', file, '--confirm', window, '--name', name])
  t.equal(applied.status, 0, `${applied.stdout}${applied.stderr}`)
  return deadline()
}

const ProvisionalStatus = z.looseObject({
  state: z.string(),
  change: z.looseObject({ until: z.iso.datetime() }),
})

/** Stops the agent with systemctl, moves the wall clock by some days, and starts the agent again. */
function restartWithClockChange(t: Test, days: number): void {
  const started = performance.now()
  run('systemctl', 'stop', 'demarcd.service')
  t.comment(`stopped after ${Math.round(performance.now() - started)} ms`)
  t.equal(unitProperty('demarcd', 'Result'), 'success')
  t.equal(unitProperty('demarcd', 'ExecMainCode'), '1', 'the agent exited by itself: CLD_EXITED')
  t.equal(unitProperty('demarcd', 'ExecMainStatus'), '0')
  run('date', '-s', `@${(Date.now() / 1000 + days * 86_400).toFixed(3)}`)
  run('systemctl', 'start', 'demarcd.service')
}

const addresses = (): string => run('ip', 'address', 'show')

t.test('a change stays provisional over a restart and a clock set ahead', async (t) => {
  const until = await applyProvisional(t, 2, '5m')
  restartWithClockChange(t, 2)
  const answer = router.demarc(['status', '--json'])
  const { state, change } = ProvisionalStatus.parse(JSON.parse(answer.stdout))
  t.equal(state, 'provisional')
  const byWallClock = Date.now() + until - Number(process.hrtime.bigint()) / 1e6
  const off = Math.abs(Date.parse(change.until) - byWallClock)
  t.ok(
    off < 1000,
    `demarc status shows the same deadline by the new clock; it differs by ${off} ms`,
  )
  t.equal(await deadline(), until)
  t.match(addresses(), /inet 10\.0\.9\.2\/30/, 'the address of the change is still configured')
  const cancelled = router.demarc(['cancel', 'change-2'])
  t.equal(cancelled.status, 0, `${cancelled.stdout}${cancelled.stderr}`)
  t.notMatch(addresses(), /dl-par\.400/)
  t.notOk(existsSync(JOURNAL))
})

t.test('a clock that is set back does not extend the deadline of a change', async (t) => {
  const until = await applyProvisional(t, 3, '20s')
  restartWithClockChange(t, -2)
  await waitFor('the change is rolled back', () => existsSync(JOURNAL), {
    until: (exists) => !exists,
    within: 60,
  })
  const late = uptime() - until / 1000
  t.ok(late >= 0, `${late} s after its deadline`)
  t.notMatch(addresses(), /dl-par\.400/)
  await inSync()
})

t.test('an agent that does not run at the deadline: the timer rolls its change back', async (t) => {
  const before = dataPlane()
  const path = `/v1/routers/${ROUTER}/intent?confirmWithin=40&change=provisional-4`
  const pushed = await hub.api('PUT', path, grown(4))
  t.ok(pushed.status < 300, JSON.stringify(pushed))
  await waitFor('the change is provisional', () => fromHub('/history'), {
    until: ({ body }) => History.parse(body).changes.at(-1)?.phase === 'provisional',
    within: 35,
    every: 200,
  })
  run('systemctl', 'stop', 'demarcd.service')
  t.match(run('ip', 'address', 'show', 'dl-par.400'), /inet 10\.0\.9\.2\/30/)
  await waitFor('the journal is empty', () => existsSync(JOURNAL), {
    until: (exists) => !exists,
    within: 120,
    every: 500,
  })
  t.throws(() => run('ip', 'link', 'show', 'dl-par.400'), 'the link of the change is removed')
  t.same(dataPlane(), before)
  const journal = () => run('journalctl', '-u', 'demarc-rollback', '-o', 'cat', '--no-pager')
  await waitFor('the system journal has the rollback', journal, {
    until: (text) => text.includes('change provisional-4: rolled-back'),
    within: 30,
    every: 1000,
  })
  run('systemctl', 'start', 'demarcd.service')
  await inSync()
  await waitFor('the hub has the report', () => fromHub('/history'), {
    until: ({ body }) => History.parse(body).changes.at(-1)?.phase === 'rolled-back',
    within: 60,
  })
})

/** A networkd file for a link, and the file with the settings that demarc asks for. */
const LAN = '/etc/systemd/network/50-lan.network'
const REMEDY = '/etc/systemd/networkd.conf.d/10-demarc.conf'

const findings = async () => findingsOf((await fromHub('/health')).body)

t.test('a networkd that would remove routes is reported, and changes are refused', async (t) => {
  t.strictSame(await findings(), [], 'a clean router has no finding')
  // networkd waits for udev, which the guest does not run; with a read-only /sys it does not wait.
  mkdirSync('/run/systemd/system/systemd-networkd.service.d', { recursive: true })
  writeFileSync(
    '/run/systemd/system/systemd-networkd.service.d/lab.conf',
    '[Service]\nReadOnlyPaths=/sys\n',
  )
  run('ip', 'link', 'add', 'lan0', 'type', 'dummy')
  mkdirSync('/etc/systemd/network', { recursive: true })
  writeFileSync(LAN, '[Match]\nName=lan0\n[Network]\nAddress=192.168.7.1/24\n')
  run('systemctl', 'daemon-reload')
  run('systemctl', 'start', 'systemd-networkd.service')
  await waitFor('the finding is reported', findings, {
    until: (codes) => codes.includes('NETWORKD_REMOVES'),
    within: 60,
    every: 1000,
  })
  const refused = await hub.api('PUT', `/v1/routers/${ROUTER}/intent`, {
    ...serviceIntent(),
    generation: 5,
  })
  t.match(refused.body, { stored: true, delivery: 'refused' })
  t.match(JSON.stringify(refused.body), /HOST_CONFLICT.*ManageForeignRoutes=no/)

  mkdirSync(`${LAN}.d`, { recursive: true })
  writeFileSync(`${LAN}.d/10-demarc.conf`, '[Network]\nKeepConfiguration=yes\n')
  mkdirSync(join(REMEDY, '..'), { recursive: true })
  writeFileSync(REMEDY, '[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n')
  run('systemctl', 'restart', 'systemd-networkd.service')
  await waitFor('the finding is gone with the settings that demarc asks for', findings, {
    until: (codes) => codes.length === 0,
    within: 90,
    every: 1000,
  })
  run('systemctl', 'stop', 'systemd-networkd.socket', 'systemd-networkd.service')
})

t.test('no secret is in the system journal', (t) => {
  const journal = run('journalctl', '-b', '-o', 'cat', '--no-pager', '-u', 'demarcd', '-u', 'frr')
  t.match(journal, /started/)
  t.notMatch(journal, new RegExp(BGP_PASSWORD))
  t.notMatch(journal, new RegExp(readFileSync(hub.tokenFile, 'utf8')))
  t.end()
})
