import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { BGP_PASSWORD } from '../topology/interconnect.js'
import { buildSystemdRouter, JOURNAL, serviceIntent, SESSIONS, unitProperty } from './router.js'

/**
 * The Debian packages under real systemd, beside Debian's FRR with sessions to BIRD: installed, upgraded, downgraded,
 * removed and purged. `scripts/lab test --systemd` builds them in two versions, and one for another architecture.
 */

const dir = process.env['DEMARC_OUT'] ?? '/tmp/lab'
const packages = join(process.cwd(), '.cache/deb-lab')
const [OLD, NEW] = ['0.1.0', '0.1.1'].map((version) =>
  join(packages, `demarc_${version}_amd64.deb`),
)
const OTHER = join(packages, 'demarc_0.1.0_arm64.deb')

const router = await buildSystemdRouter(dir)
t.teardown(async () => {
  router.sshd.stop()
  await router.bird.stop()
})

const tried = (...words: readonly [string, ...string[]]) =>
  spawnSync(words[0], words.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
const dpkg = (...words: readonly string[]) => tried('dpkg', '--force-confold', ...words)
const demarc = (...words: readonly string[]) => tried('/usr/bin/demarc', ...words)
const version = () => run('dpkg-query', '-W', '-f=${Version} ${Status}', 'demarc')
const journal = (...words: readonly string[]) =>
  run('journalctl', '-b', '-o', 'cat', '--no-pager', ...words)

/** What a package must not change: the sessions as the peer counts them, and the carrier of the bundle. */
const dataPlane = () => ({
  sessions: SESSIONS.map((address) => router.bird.session(address)),
  carrier: readFileSync('/sys/class/net/dl-par/carrier_changes', 'utf8').trim(),
})
const says = (text: string) =>
  waitFor(`the agent says ${text}`, () => unitProperty('demarcd', 'StatusText'), {
    until: (found) => found === text,
    within: 120,
    every: 500,
  })

t.test('a package for another architecture is refused, and nothing is installed', (t) => {
  const { status, stderr } = dpkg('-i', OTHER)
  t.not(status, 0)
  t.match(stderr, /architecture \(arm64\) does not match system \(amd64\)/)
  t.notOk(existsSync('/usr/lib/demarc') || existsSync('/etc/demarc'))
  t.end()
})

t.test('installed, the agent runs without an intent, and says what to do next', async (t) => {
  const { status, stdout, stderr } = dpkg('-i', OLD ?? '')
  t.equal(status, 0, `${stdout}${stderr}`)
  t.equal(version(), '0.1.0 install ok installed')
  await says('no-intent')
  t.equal(unitProperty('demarcd', 'UnitFileState'), 'enabled')
  t.equal(unitProperty('demarcd', 'NRestarts'), '0')
  t.match(journal('-u', 'demarcd'), /there is no intent yet: .*demarc apply FILE/)
  t.notMatch(journal('-u', 'demarcd', '-p', 'warning'), /\S/, 'nothing is wrong')
  const host = run('hostname', '-s').trim()
  t.match(readFileSync('/etc/demarc/demarc.toml', 'utf8'), new RegExp(`^id = "${host}"$`, 'm'))
  const [program] = run('ps', '-o', 'args=', '-p', unitProperty('demarcd', 'MainPID')).split(' ')
  t.equal(program, '/usr/lib/demarc/bin/node', 'by the Node of the package')
  t.equal(demarc('status').status, 0)
  t.equal(demarc('check-config').status, 0)
})

const intent = { ...serviceIntent(), router: { ...serviceIntent().router, id: 'par-edge-1' } }
const settings = `[agent]
id = "par-edge-1"
[ports]
manage = ["enp1s0f*", "enp2s0.200"]
[intervals]
poll = 5
[safety]
max_impact = "traffic-loss"
`

t.test('it configures the router, and the sessions come up', async (t) => {
  writeFileSync('/etc/demarc/demarc.toml', settings)
  writeFileSync('/etc/demarc/secrets/net-a-bgp', BGP_PASSWORD, { mode: 0o600 })
  run('chown', 'demarc:demarc', '/etc/demarc/secrets/net-a-bgp')
  run('systemctl', 'restart', 'demarcd')
  await says('no-intent')
  const applied = demarc('apply', router.file('intent.json', JSON.stringify(intent)))
  t.equal(applied.status, 0, `${applied.stdout}${applied.stderr}`)
  await waitFor('BIRD has both sessions', () => dataPlane().sessions, {
    until: (found) => found.every((session) => session?.established === true),
    within: 120,
    every: 500,
  })
  await says('in-sync, generation 1')
})

t.test(
  'an upgrade in the middle of a provisional change keeps it, and no session flaps',
  async (t) => {
    const next = { ...intent, generation: 2, router: { ...intent.router, maximumPaths: 2 } }
    const file = router.file('next.json', JSON.stringify(next))
    const applied = demarc('apply', file, '--confirm', '10m', '--name', 'during-upgrade')
    t.equal(applied.status, 0, `${applied.stdout}${applied.stderr}`)
    const [before, old] = [dataPlane(), unitProperty('demarcd', 'MainPID')]
    const { status, stdout, stderr } = dpkg('-i', NEW ?? '')
    t.equal(status, 0, `${stdout}${stderr}`)
    t.equal(version(), '0.1.1 install ok installed')
    await says('provisional, generation 2')
    t.not(unitProperty('demarcd', 'MainPID'), old, 'the new agent runs')
    t.same(dataPlane(), before)
    const confirmed = demarc('confirm', 'during-upgrade')
    t.equal(confirmed.status, 0, `${confirmed.stdout}${confirmed.stderr}`)
    await says('in-sync, generation 2')
    t.equal(readFileSync('/etc/demarc/demarc.toml', 'utf8'), settings, 'the settings are kept')
    t.same(dataPlane(), before)
  },
)

t.test('a dpkg that is killed half-way leaves a router that is mended by the next', async (t) => {
  const before = dataPlane()
  const child = spawn('dpkg', ['--force-confold', '-i', NEW ?? ''], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  // dpkg writes each file under this name first.
  await waitFor('it unpacks', () => readdirSync('/usr/lib/demarc/bin'), {
    until: (names) => names.some((name) => name.endsWith('.dpkg-new')),
    within: 60,
    every: 10,
  })
  child.kill('SIGKILL')
  await ended
  t.notMatch(version(), /install ok installed/)
  t.same(dataPlane(), before)
  const { status, stdout, stderr } = dpkg('-i', NEW ?? '')
  t.equal(status, 0, `${stdout}${stderr}`)
  await says('in-sync, generation 2')
  t.same(dataPlane(), before)
})

t.test('a downgrade keeps intent, settings and sessions', async (t) => {
  const before = dataPlane()
  const { status, stdout, stderr } = dpkg('-i', OLD ?? '')
  t.equal(status, 0, `${stdout}${stderr}`)
  t.equal(version(), '0.1.0 install ok installed')
  await says('in-sync, generation 2')
  t.same(dataPlane(), before)
})

t.test('removed, it leaves settings, state and sessions; purged, only the sessions', async (t) => {
  const before = dataPlane()
  t.equal(dpkg('-r', 'demarc').status, 0)
  t.equal(unitProperty('demarcd', 'ActiveState'), 'inactive')
  t.notOk(existsSync('/usr/bin/demarc') || existsSync('/usr/lib/demarc'))
  t.equal(readFileSync('/etc/demarc/demarc.toml', 'utf8'), settings)
  t.ok(existsSync('/var/lib/demarc') && !existsSync(JOURNAL))
  t.equal(dpkg('-P', 'demarc').status, 0)
  t.notOk(existsSync('/etc/demarc') || existsSync('/var/lib/demarc'))
  // ms; BIRD notices the end of a session or a link within this time.
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  t.same(dataPlane(), before)
  t.equal(unitProperty('frr', 'ActiveState'), 'active')
})
