/**
 * How long the kernel edge takes for L3 attachments, against `ip -batch`, which does less: both create the
 * VLAN with MTU and address and set it up; demarc also sets the alias and the reverse-path filter of each link
 * and, where the defaults differ, forwarding. The steps come from the real planner. Runs in the lab's guest:
 *
 *   scripts/lab build && scripts/lab run --timeout 900 -- node .cache/lab/bench-vlans.js [COUNT...]
 *
 * Every row is one line of JSON: ratio is ours / rival. Both are the best of three rounds (of one round at
 * 4,000), which alternate, so that neither is measured while the other's links are still being removed.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { openKernel } from '../../src/edge/kernel/open.js'
import { planLinks } from '../../src/core/links/plan.js'

const PARENT = 'bench0'
const project = new URL('../../', import.meta.url)
const counts = process.argv.slice(2).map(Number)
const kernel = await openKernel()

for (const count of counts.length > 0 ? counts : [1000, 4000]) {
  const rounds = count > 1000 ? 1 : 3
  set('net.ipv4.ip_forward', 0)
  set('net.ipv6.conf.all.forwarding', 0)
  await measure(`${count} attachments, no forwarding by default`, count, rounds)
  if (count > 1000) continue
  installedSysctl()
  await measure(`${count} attachments, sysctl file of the package`, count, rounds)
}
fresh(false)
kernel.close()

async function measure(name, count, rounds) {
  const lines = batch(count)
  const best = {
    rival: Infinity,
    apply: Infinity,
    whole: Infinity,
    read: Infinity,
    remove: Infinity,
  }
  for (let round = 0; round < rounds; round++) {
    fresh()
    best.rival = Math.min(
      best.rival,
      timed(() => execFileSync('ip', ['-batch', lines])),
    )
    fresh()
    const ours = await applyWant(count)
    for (const key of ['apply', 'whole', 'read', 'remove'])
      best[key] = Math.min(best[key], ours[key])
  }
  row(`${name}: applied`, best.apply, best.rival)
  row(`${name}: read, planned, applied, read back`, best.whole, best.rival)
  row(`${name}: one reading of everything`, best.read, null)
  row(`${name}: all removed again`, best.remove, null)
}

/** ms for a plan that makes all attachments, and what came before and after it. */
async function applyWant(count) {
  const wanted = want(count)
  const start = performance.now()
  const steps = await planned(wanted)
  const apply = performance.now()
  await applied(steps)
  const read = performance.now()
  const left = await planned(wanted)
  if (left.length > 0) throw new Error(`${left.length} steps are left: ${JSON.stringify(left[0])}`)
  const end = performance.now()
  await kernel.read()
  const reading = performance.now() - end
  const removal = await planned(want(0))
  const remove = performance.now()
  await applied(removal)
  return {
    apply: read - apply,
    whole: end - start,
    read: reading,
    remove: performance.now() - remove,
  }
}

async function planned(wanted) {
  const { links, sysctlDefaults } = await kernel.read()
  const plan = planLinks(wanted, links, sysctlDefaults)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults[0]))
  const { early, removals, additions } = plan.value
  return [...early, ...removals, ...additions].map(({ step }) => step)
}

async function applied(steps) {
  const { fault } = await kernel.apply(steps)
  if (fault !== null) throw new Error(JSON.stringify(fault))
}

function want(count) {
  const common = { master: null, up: true }
  const port = {
    name: PARENT,
    detail: { kind: 'port' },
    alias: null,
    mtu: 1500,
    addresses: [],
    sysctl: null,
    ...common,
  }
  return [
    port,
    ...ids(count).map((id) => ({
      name: `${PARENT}.${id}`,
      detail: { kind: 'vlan', parent: PARENT, vlanId: id },
      alias: `demarc attachment net-${id}`,
      mtu: 1500,
      addresses: [address(id)],
      sysctl: { rpFilter: 2, forwarding4: true, forwarding6: null },
      ...common,
    })),
  ]
}

/** The same attachments as `ip -batch` lines, as in an operator's script. */
function batch(count) {
  const file = '/tmp/bench-vlans'
  writeFileSync(
    file,
    ids(count)
      .map((id) =>
        [
          `link add link ${PARENT} name ${PARENT}.${id} mtu 1500 type vlan id ${id}`,
          `address add ${address(id)} dev ${PARENT}.${id}`,
          `link set ${PARENT}.${id} up`,
          '',
        ].join('\n'),
      )
      .join(''),
  )
  return file
}

function ids(count) {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function address(id) {
  return `10.${id >> 14}.${(id >> 6) & 255}.${(id & 63) * 4 + 1}/30`
}

/** Replaces the parent link by a new one without VLANs; `again` false: only removes it. */
function fresh(again = true) {
  try {
    execFileSync('ip', ['link', 'delete', PARENT], { stdio: 'ignore' })
  } catch {
    // The link did not exist.
  }
  if (!again) return
  execFileSync('ip', ['link', 'add', PARENT, 'type', 'dummy'])
  execFileSync('ip', ['link', 'set', PARENT, 'up'])
}

function installedSysctl() {
  for (const line of readFileSync(new URL('systemd/demarc.sysctl', project), 'utf8').split('\n')) {
    const [, key, value] = /^([a-z0-9_.]+) = (\d+)$/.exec(line) ?? []
    if (key?.endsWith('forward') || key?.endsWith('forwarding')) set(key, value)
  }
}

function set(key, value) {
  writeFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, String(value))
}

function timed(task) {
  const start = performance.now()
  task()
  return performance.now() - start
}

function row(name, ours, rival) {
  const round = (value) => (value === null ? null : Math.round(value))
  const ratio = rival === null ? null : Number((ours / rival).toFixed(2))
  console.log(JSON.stringify({ name, ours: round(ours), rival: round(rival), ratio, unit: 'ms' }))
}
