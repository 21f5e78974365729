import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { connectMachines, startMachine } from '../support/machine/machine.js'
import { run } from '../support/process/command.js'
import { waitFor } from '../support/process/wait.js'

/**
 * docs/install.md as it stands, on machines of its own with real systemd, dpkg, apt, sshd and FRR, and with BIRD as the
 * provider. Then a second router, an upgrade of both, and upgrades that make a router worse. The packages are small: their Node
 * is a link to that of this machine.
 */

t.setTimeout(400_000)

const work = mkdtempSync(join(process.cwd(), '.cache/first-contact-'))
t.teardown(() => rmSync(work, { recursive: true, force: true }))
const small = ['--compression', 'none', '--node', 'machine', '--version', '0.1.0', '--out', work]
const built = spawnSync(process.execPath, ['scripts/deb/build.mjs', ...small], { encoding: 'utf8' })
if (built.status !== 0) throw new Error(built.stderr)

/** A later version of the package: the one that was built, changed by a line of shell in its folder. */
function later(version: string, change: string): void {
  const tree = join(work, version)
  run('dpkg-deb', '-R', join(work, 'demarc_0.1.0_amd64.deb'), tree)
  const edit = `cd "$1" && sed -i "s/^Version: .*/Version: $2/" DEBIAN/control && ${change}`
  run('sh', '-c', edit, 'sh', tree, version)
  run('dpkg-deb', '-Znone', '-b', tree, join(work, `demarc_${version}_amd64.deb`))
  rmSync(tree, { recursive: true })
}
later('0.1.1', 'true')
later('0.1.2', 'echo "process.exit(1)" >usr/lib/demarc/dist/demarcd.js')
later(
  '0.1.3',
  'echo "ip route add blackhole 10.0.0.1/32; vtysh -c \\"clear bgp *\\"" >>DEBIAN/postinst',
)

const [hub, paris, london] = [
  await startMachine('hub'),
  await startMachine('par-edge-1'),
  await startMachine('lon-edge-1'),
]
t.teardown(async () => {
  await Promise.all([hub, paris, london].map(async (machine) => machine.stop()))
})

/** BIRD in the provider's place, with AS 64500. */
const BIRD = `router id 10.0.0.1;
protocol device {}
protocol static { ipv4; route 10.64.0.0/24 blackhole; }
protocol bgp { local 10.0.0.1 as 64500; neighbor 10.0.0.2 as 65010; connect delay time 1; connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; }; }
`
const HOSTS = `192.0.2.1 hub.example.net
192.0.2.2 par-edge-1
192.0.2.6 lon-edge-1
`

connectMachines(
  { machine: hub, name: 'mgmt1', address: '192.0.2.1/30' },
  { machine: paris, name: 'eth0', address: '192.0.2.2/30' },
)
connectMachines(
  { machine: hub, name: 'mgmt2', address: '192.0.2.5/30' },
  { machine: london, name: 'eth0', address: '192.0.2.6/30' },
)
connectMachines(
  { machine: hub, name: 'provider', address: '10.0.0.1/30' },
  { machine: paris, name: 'enp1s0f0', address: null },
)
london.run('ip route add 192.0.2.1 via 192.0.2.5')
hub.run(`mkdir packages && cp ${work}/*_0.1.0_*.deb packages; cat >/etc/bird.conf`, BIRD)
hub.run('bird -c /etc/bird.conf -s /run/bird-test.ctl')
hub.run('mkdir -p -m 700 .ssh && ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519')
for (const machine of [hub, paris, london]) machine.run('cat >>/etc/hosts', HOSTS)
for (const machine of [paris, london]) {
  machine.run(
    'mkdir -p -m 700 .ssh /run/sshd && cat >.ssh/authorized_keys && chmod 600 .ssh/*',
    hub.run('cat .ssh/id_ed25519.pub'),
  )
  machine.run('ssh-keygen -A >/dev/null; /usr/sbin/sshd')
  hub.run(`ssh-keyscan -t ed25519 ${machine.name} >>.ssh/known_hosts`)
}

/** Prints the command lines of all processes, again and again. */
const WATCH = 'while :; do cat /proc/[0-9]*/cmdline; done'

const page = readFileSync('docs/install.md', 'utf8')
const blocks = [...page.matchAll(/^```(sh|json)\n([\s\S]*?)^```$/gm)].map(
  ([, kind = '', text = '']) => ({ kind, text }),
)
const commands = blocks
  .filter(({ kind }) => kind === 'sh')
  .flatMap(({ text }) => text.trim().split('\n'))
const version = (machine: typeof paris) => machine.run("dpkg-query -W -f '${Version}' demarc")
const established = () =>
  /BGP .* Established/.test(hub.run('birdc -r -s /run/bird-test.ctl show protocols'))

t.test('the page goes to the first pushed intent in at most ten commands', async (t) => {
  t.ok(commands.length <= 10, `${commands.length} commands`)
  // Every command line of the router while the page is run: none may show a token.
  paris.run(`setsid sh -c '${WATCH}' </dev/null >/root/cmdlines 2>/dev/null & echo $! >/root/watch`)
  for (const { kind, text } of blocks) {
    if (kind === 'json') hub.run('cat >packages/intent.json', text)
    else for (const line of text.trim().split('\n')) hub.run(`cd packages && ${line}`)
  }
  paris.run('kill -- -$(cat watch)')
  const token = hub.run('cat /etc/demarc-hub/tokens/par-edge-1.token').trim()
  t.notOk(paris.run('tr "\\0" " " <cmdlines').includes(token), 'no command line shows the token')
  t.equal(paris.run('stat -c "%a %U" /etc/demarc/hub.token'), '600 demarc\n')
  t.equal(hub.run('stat -c "%a %U" /etc/demarc-hub/hub.key'), '600 demarc-hub\n')
  await waitFor('BIRD has the session', established, { until: Boolean, within: 60 })
  await waitFor('it is in sync', () => paris.try('demarc status').stdout, {
    until: (text) => /in-sync, generation 1/.test(text),
    within: 60,
  })
})

const Answer = z.object({
  routers: z.array(
    z.looseObject({
      host: z.string(),
      outcome: z.string(),
      changed: z.array(z.string()).optional(),
      faults: z.array(z.looseObject({ code: z.string(), message: z.string() })).optional(),
    }),
  ),
})

/** Installs a version from the hub's machine; both routers where none is named. */
function install(of: string, more = '', to = 'root@par-edge-1 root@lon-edge-1') {
  const file = `${work}/demarc_${of}_amd64.deb`
  const files = `--settings /etc/demarc-hub/router.toml --ca /etc/demarc-hub/ca.pem`
  const words = `--package ${file} ${files} --wait 15s --soak 2s --json ${more}`
  const { status, stdout, stderr } = hub.try(`demarc-install ${to} ${words}`)
  const parsed = Answer.safeParse(stdout === '' ? undefined : JSON.parse(stdout))
  return { status, stderr, routers: parsed.data?.routers ?? [] }
}
const TOKEN = "--token '/etc/demarc-hub/tokens/{id}.token'"

t.test('a second router joins, and the first one is unchanged', (t) => {
  const refused = install('0.1.0', TOKEN)
  t.not(refused.status, 0)
  t.match(
    refused.stderr,
    /lon-edge-1\.token/,
    'its token is missing, which is found before any log-in',
  )
  const url = 'https://hub.example.net:7480/v1/routers'
  const registered = hub.run(`curl -sS -K /etc/demarc-hub/api.curl -d '{"id":"lon-edge-1"}' ${url}`)
  const { token } = JSON.parse(registered) as { token: string }
  hub.run('umask 077; cat >/etc/demarc-hub/tokens/lon-edge-1.token', token)
  const { status, stderr, routers } = install('0.1.0', TOKEN)
  t.equal(status, 0, stderr)
  t.match(routers, [
    { host: 'par-edge-1', outcome: 'unchanged', changed: [] },
    {
      host: 'lon-edge-1',
      outcome: 'changed',
      changed: [/demarc\.toml/, /hub-ca/, /install demarc 0\.1\.0/, /hub\.token/, /restart/],
    },
  ])
  t.end()
})

t.test('an upgrade of both keeps the session, and the package of before', (t) => {
  const before = hub.run('birdc -r -s /run/bird-test.ctl show protocols | grep BGP')
  const { status, stderr, routers } = install('0.1.1', '--parallel 2')
  t.equal(status, 0, stderr)
  t.same(
    routers.map(({ outcome }) => outcome),
    ['changed', 'changed'],
  )
  t.same([version(paris), version(london)], ['0.1.1', '0.1.1'])
  t.equal(hub.run('birdc -r -s /run/bird-test.ctl show protocols | grep BGP'), before)
  const kept = paris.run('ls /var/cache/demarc').trim().split('\n')
  t.same(kept, ['demarc_0.1.0_amd64.deb', 'demarc_0.1.1_amd64.deb'])
  t.match(install('0.1.1').routers, [{ outcome: 'unchanged' }, { outcome: 'unchanged' }])
  t.end()
})

t.test(
  'an agent that does not start is replaced by the one before, and no other router is begun',
  (t) => {
    const { status, routers } = install('0.1.2')
    t.not(status, 0)
    t.match(routers, [
      {
        outcome: 'failed',
        faults: [
          { code: 'CHANGE_UNHEALTHY', message: /0\.1\.1 .* again: the agent has not answered/ },
        ],
      },
      { host: 'lon-edge-1', outcome: 'skipped' },
    ])
    t.same([version(paris), version(london)], ['0.1.1', '0.1.1'])
    t.match(paris.run('demarc status'), /in-sync, generation 1/)
    t.ok(established(), 'the session did not notice')
    t.end()
  },
)

t.test(
  'a version that loses a session is replaced by the one before, and what was worse is named',
  async (t) => {
    const { routers } = install('0.1.3', '', 'root@par-edge-1')
    t.match(routers, [
      { outcome: 'failed', faults: [{ code: 'CHANGE_UNHEALTHY', message: /net-a\/10\.0\.0\.1/ }] },
    ])
    t.equal(version(paris), '0.1.1')
    paris.run('ip route del blackhole 10.0.0.1/32')
    await waitFor('BIRD has the session again', established, { until: Boolean, within: 60 })
  },
)

t.test('an upgrade after which no return would be possible is refused before it begins', (t) => {
  paris.run('rm /var/cache/demarc/*')
  const { routers } = install('0.1.0', '', 'root@par-edge-1')
  t.match(routers, [
    { outcome: 'failed', faults: [{ message: /--previous FILE, or --no-return/ }] },
  ])
  t.equal(version(paris), '0.1.1')
  const previous = `--previous ${work}/demarc_0.1.1_amd64.deb`
  t.match(install('0.1.0', previous, 'root@par-edge-1').routers, [{ outcome: 'changed' }])
  t.equal(version(paris), '0.1.0', 'a downgrade is as good')
  t.end()
})

t.test(
  'settings that a version refuses stop it by name, and the router keeps its configuration',
  async (t) => {
    const before = hub.run('birdc -r -s /run/bird-test.ctl show protocols | grep BGP')
    // A key that nobody knows stands for one that the new version does not have any more.
    const file = '/etc/demarc/demarc.toml.d/50-old.toml'
    paris.run(`echo "safety.no_such_key = 1" >${file}`)
    paris.try(`dpkg -i ${work}/demarc_0.1.1_amd64.deb`)
    t.equal(version(paris), '0.1.1')
    await waitFor('the agent has ended', () => paris.try('systemctl is-active demarcd').stdout, {
      until: (state) => state === 'failed\n',
      within: 30,
    })
    t.match(paris.try('demarc check-config'), {
      status: 78,
      stderr: /50-old\.toml:1 safety\.no_such_key/,
    })
    t.equal(hub.run('birdc -r -s /run/bird-test.ctl show protocols | grep BGP'), before)
    paris.run(`rm ${file}; systemctl restart demarcd`)
    await waitFor('it is in sync', () => paris.try('demarc status').stdout, {
      until: (text) => /in-sync, generation 1/.test(text),
      within: 60,
    })
  },
)
