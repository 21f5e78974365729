/**
 * How long FRR's configuration takes to follow 1,000 BGP neighbours with prefix lists and route maps:
 * demarc over the daemons' sockets against `frr-reload.py` and `vtysh -f` on the same bgpd. Runs on
 * the machine itself, as root, in namespaces of its own:
 *
 *   scripts/lab build && node .cache/lab/bench-neighbours.js [--count N] [--removed N] [--patience SECONDS]
 *
 * Every row is one line of JSON; ratio is ours / rival. `applied` is the time to send the commands to bgpd, which
 * is all that `vtysh -f` does. `reached` also reads and plans before, as frr-reload.py does. `whole` also reads
 * back and plans again, as the agent does and no rival. frr-reload.py takes seconds for each neighbour it removes:
 * it is killed after `--patience`, the row's name says so, and the real ratio is better for demarc.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { planFrr } from '../../src/core/frr/plan/plan.js'
import { openFrr } from '../../src/edge/frr/frr.js'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    removed: { type: 'string', default: '300' },
    patience: { type: 'string', default: '300' },
  },
})
const COUNT = Number(values.count)
const REMOVED = Number(values.removed)
const PATIENCE = Number(values.patience) * 1000
const DAEMONS = ['zebra', 'bgpd']

/** The best of this many rounds counts; frr-reload.py runs once, because it takes a minute for a second of demarc. */
const ROUNDS = 3

/** Changes before the measurement, so that V8 has compiled the code, as in an agent that has run for long. */
const WARM_UP = 20

const dir = mkdtempSync(join(tmpdir(), 'bench-frr-'))
const holder = enterNamespaces()
try {
  await main()
} finally {
  stopDaemons()
  holder.stdin.end()
  rmSync(dir, { recursive: true, force: true })
}

async function main() {
  const wants = {
    all: want(COUNT),
    timers: want(COUNT, { holdTime: 90 }),
    policy: want(COUNT, { le: 28 }),
    fewer: want(COUNT - REMOVED),
  }
  const ours = await measureOurs(wants)

  // The rivals read the configuration that bgpd prints for the same neighbours.
  const files = {}
  for (const [name, wanted] of Object.entries(wants)) {
    await applyIntent(wanted)
    files[name] = file(`${name}.conf`, running())
  }
  const quickFile = file('vtysh.conf', withoutExits(files.all))
  const vtyshAdds = await best(ROUNDS, restart, () => timed(() => vtyshFile(quickFile)))
  rows(`${COUNT} neighbours added, vtysh -f`, ours.added, vtyshAdds)

  const reloads = async (path, before) => {
    await before()
    return timed(() => reload(path))
  }
  const full = () => reload(files.all)
  const reload1000 = (name, us, time) => rows(`${name}, frr-reload.py`, us, time)
  reload1000(`${COUNT} neighbours added`, ours.added, await reloads(files.all, restart))
  reload1000(`nothing changed among ${COUNT}`, ours.idle, await reloads(files.all, full))
  reload1000(`timers of 1 of ${COUNT} changed`, ours.timers, await reloads(files.timers, full))
  reload1000(`prefix list of 1 of ${COUNT} changed`, ours.policy, await reloads(files.policy, full))
  full()
  let ended = false
  const removal = timed(() => (ended = reload(files.fewer) === 'ended'))
  const removed = `${REMOVED} of ${COUNT} removed`
  rows(
    `${removed}, frr-reload.py${ended ? ', killed before it was done' : ''}`,
    ours.removed,
    removal,
  )
}

async function measureOurs({ all, timers, policy, fewer }) {
  const restoreAll = () => applyIntent(all)
  await restart()
  for (let round = 0; round < WARM_UP; round++) await applyIntent(round % 2 === 0 ? all : timers)
  return {
    added: await bestOf(all, restart),
    idle: await bestOf(all, restoreAll),
    timers: await bestOf(timers, restoreAll),
    policy: await bestOf(policy, restoreAll),
    removed: await bestOf(fewer, restoreAll),
  }
}

async function bestOf(wanted, before) {
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    await before()
    times.push(await applyIntent(wanted))
  }
  const least = (part) => Math.min(...times.map((time) => time[part]))
  return { applied: least('applied'), reached: least('reached'), whole: least('whole') }
}

async function best(rounds, before, measure) {
  const times = []
  for (let round = 0; round < rounds; round++) {
    await before()
    times.push(await measure())
  }
  return Math.min(...times)
}

/** What the agent does: read, plan, apply, read back, and find an empty plan. */
async function applyIntent(wanted) {
  const frr = openFrr({ runDir: dir, conceal: () => 'f'.repeat(32), reveal: () => undefined })
  // The agent's connections are open, and it has read before, as it does every few seconds.
  planned(wanted, await frr.read())
  const start = performance.now()
  const steps = planned(wanted, await frr.read())
  const apply = performance.now()
  for (const step of steps) {
    const refused = await frr.apply(step)
    if (refused !== null) throw new Error(JSON.stringify(refused))
  }
  const applied = steps.length === 0 ? 0 : performance.now() - apply
  const reached = performance.now() - start
  if (steps.length > 0) {
    const left = planned(wanted, await frr.read())
    if (left.length > 0) throw new Error(`left: ${JSON.stringify(left[0])}`)
  }
  const whole = performance.now() - start
  frr.close()
  return { applied, reached, whole }
}

function planned(wanted, have) {
  const plan = planFrr(wanted, have)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults[0]))
  return [...plan.value.remove, ...plan.value.change].map(({ step }) => step)
}

/** `special`: attributes of one neighbour in the middle. */
function want(count, special = {}) {
  const ids = Array.from({ length: count }, (_, id) => id)
  const neighbors = ids.map((id) => neighbor(id, id === count >> 1 ? special : {}))
  return [{ vrf: null, localAs: 65010, routerId: '10.255.0.1', maximumPaths: 4, neighbors }]
}

function neighbor(id, { holdTime = 30, le = 24 }) {
  const prefix = `172.${16 + (id >> 8)}.${id & 255}.0/24`
  return {
    attachment: `net-${id}`,
    address: `10.${id >> 14}.${(id >> 6) & 255}.${(id & 63) * 4 + 1}`,
    peerAs: 64512,
    description: null,
    password: null,
    holdTime,
    keepaliveInterval: 10,
    connectRetry: 10,
    bfd: null,
    multihop: 1,
    updateSource: null,
    gracefulRestart: 'helper',
    shutdown: null,
    drain: false,
    ipv4Unicast: {
      import: {
        prefixes: [{ prefix: '10.64.0.0/10', ge: null, le }],
        localPreference: null,
        communities: [],
        maxPrefixes: { limit: 100, warningPercent: 80, action: 'warn', restartMinutes: null },
      },
      export: { prefixes: [{ prefix, ge: null, le: 32 }], prependAs: 0, med: 50, communities: [] },
    },
    ipv6Unicast: null,
  }
}

/** bgpd's configuration, as it would be in frr.conf. */
function running() {
  return vtysh('-d', 'bgpd', '-c', 'show running-config')
}

/** Removes the `exit` between route maps, because vtysh reads such a file much faster. */
function withoutExits(path) {
  const text = readFileSync(path, 'utf8')
  return text.replace(/^exit\n!\n(?=route-map )/gm, '')
}

function file(name, text) {
  const path = join(dir, name)
  writeFileSync(path, text.slice(Math.max(0, text.indexOf('frr version'))))
  return path
}

function vtysh(...words) {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }
  return execFileSync('vtysh', ['--vty_socket', dir, '--config_dir', dir, ...words], options)
}

function vtyshFile(path) {
  const words = ['--vty_socket', dir, '--config_dir', dir, '-d', 'bgpd', '-f', path]
  spawnSync('vtysh', words, { stdio: 'ignore' })
}

/** Returns `ended` when frr-reload.py took longer than PATIENCE and was killed. */
function reload(path) {
  const places = ['--vty_socket', dir, '--confdir', dir, '--rundir', dir, '--daemon', 'bgpd']
  const words = ['/usr/lib/frr/frr-reload.py', '--reload', ...places, path]
  const options = { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1 << 28 }
  const limit = { timeout: PATIENCE, killSignal: 'SIGKILL' }
  const { status, stderr, error } = spawnSync('python3', words, { ...options, ...limit })
  if (error?.code === 'ETIMEDOUT') return 'ended'
  if (status !== 0) throw new Error(`frr-reload.py: ${status} ${stderr.slice(-500)}`)
  return 'done'
}

/** Starts a shell in its own network and mount namespaces, with root in the group of FRR's sockets. */
function enterNamespaces() {
  const groups = readFileSync('/etc/group', 'utf8').replace(/^(frrvty:[^:]*:\d+:).*$/m, '$1root')
  writeFileSync(join(dir, 'group'), groups)
  writeFileSync(join(dir, 'vtysh.conf'), '')
  const words = ['--net', '--mount', 'sh']
  const shell = spawn('unshare', words, { stdio: ['pipe', 'ignore', 'ignore'] })
  shell.stdin.write(`mount --bind ${dir}/group /etc/group; ip link set lo up\n`)
  return shell
}

async function restart() {
  stopDaemons()
  for (const daemon of DAEMONS) {
    const own = daemon === 'bgpd' ? '-S' : ''
    const places = `--vty_socket ${dir} -i ${dir}/${daemon}.pid -z ${dir}/zserv.api`
    holder.stdin.write(`/usr/lib/frr/${daemon} -u root -g root -f /dev/null ${places} ${own} &\n`)
    while (!existsSync(join(dir, `${daemon}.vty`))) await new Promise((r) => setTimeout(r, 50))
  }
  await new Promise((resolve) => setTimeout(resolve, 1000))
}

function stopDaemons() {
  for (const daemon of DAEMONS) {
    const pid = join(dir, `${daemon}.pid`)
    if (!existsSync(pid)) continue
    spawnSync('sh', [
      '-c',
      `p=$(cat ${pid}); kill -9 $p; while [ -e /proc/$p/exe ]; do sleep 0.05; done`,
    ])
    rmSync(pid, { force: true })
    rmSync(join(dir, `${daemon}.vty`), { force: true })
  }
}

function timed(task) {
  const start = performance.now()
  task()
  return performance.now() - start
}

function rows(name, ours, rival) {
  for (const part of ['applied', 'reached', 'whole']) {
    if (ours[part] === 0) continue
    const ratio = Number((ours[part] / rival).toFixed(4))
    const times = { ours: Number(ours[part].toFixed(1)), rival: Math.round(rival) }
    console.log(JSON.stringify({ name: `${name}: ${part}`, ...times, ratio, unit: 'ms' }))
  }
}
