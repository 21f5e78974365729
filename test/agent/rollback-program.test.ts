import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readPushed } from '../../src/agent/router/want.js'
import { openChangeJournal } from '../../src/agent/change/journal.js'
import { millis } from '../../src/core/base/time.js'
import { bootId, sha256 } from '../../src/edge/host/facts/identity.js'
import { openStateFiles } from '../../src/edge/host/files/state-files.js'
import { openVault, type Vault } from '../../src/edge/host/secrets/vault.js'
import { openFrr } from '../../src/edge/frr/frr.js'
import type { FrrStep, HaveFrr, Step } from '../../src/core/model/plan.js'
import { frrPrograms, startFrrAlone } from '../support/frr/isolated-frr.js'
import { planted } from '../support/process/planted-secrets.js'
import { intent } from '../support/agent/engine.js'

/** `npm run build` makes it. */
const PROGRAM = join(process.cwd(), 'dist/demarc-rollback.js')

const MADE = 'ip link add lan type bridge && ip link set lan alias "demarc bridge lan"'

/** What the change did to FRR: its configuration before, the steps, and the passwords of both, sealed. */
interface FrrPart {
  readonly runDir: string
  readonly before: HaveFrr
  readonly steps: readonly Step[]
  readonly digests: readonly string[]
}

const NO_FRR: Omit<FrrPart, 'runDir'> = {
  before: { version: null, bgpd: null, bfdd: null, faults: [] },
  steps: [],
  digests: [],
}

/** A state directory with a change that made the bridge `lan` and is past its deadline. */
async function overdue(t: Test, changeFrr?: (vault: Vault) => Promise<FrrPart>): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'rollback-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const state = `[state]\ndir = "${dir}/state"\nsocket = "${dir}/sock"\n`
  const files = await openStateFiles(join(dir, 'state'))
  const vault = await openVault({ keyFile: join(dir, 'state', 'vault.key') })
  const frr = (await changeFrr?.(vault)) ?? { ...NO_FRR, runDir: dir }
  const settings = `[agent]\nid = "r1"\n[ports]\nmanage = ["p*"]\n[frr]\nrun_dir = "${frr.runDir}"\n`
  writeFileSync(join(dir, 'demarc.toml'), settings + state)
  await files.write('pushed-secrets.sealed', vault.seal('pushed secrets', '{}'))
  const kept = readPushed(intent(1), sha256)
  if (!kept.ok) throw new Error(JSON.stringify(kept.faults))
  await openChangeJournal(files).write({
    change: 'first',
    kept: kept.value,
    lastGood: null,
    automatic: false,
    phase: 'provisional',
    startedAt: new Date().toISOString(),
    bootId: await bootId(),
    until: millis(0),
    appliedAt: millis(0),
    grace: millis(0),
    expected: [],
    healthyBefore: [],
    phases: [],
    hubBefore: null,
    probes: [],
    reasons: [],
    steps: frr.steps,
    before: {
      links: [],
      sysctlDefaults: { rpFilter: 0, forwarding4: false, forwarding6: false },
      frr: frr.before,
    },
    sealed: vault.exportSealed(frr.digests),
    pid: 0,
  })
  return dir
}

/** demarc-rollback on a router of its own that has the bridge; `links` are those that are left. */
function runRollback(dir: string) {
  const command = `${MADE} && "$0" "$@"; echo "status $?"; ip -o link`
  const { stdout } = spawnSync(
    'unshare',
    [
      ...['--user', '--map-root-user', '--net', 'sh', '-c', command],
      ...[process.execPath, PROGRAM, '--config', join(dir, 'demarc.toml')],
    ],
    { encoding: 'utf8' },
  )
  return stdout
}

t.test('damaged state that stops the agent does not stop the rollback', async (t) => {
  for (const damaged of [['last-good.json'], ['vault.key'], ['last-good.json', 'vault.key']]) {
    const dir = await overdue(t)
    const file = (name: string) => join(dir, 'state', name)
    for (const name of damaged) writeFileSync(file(name), 'half')
    const printed = runRollback(dir)
    t.match(printed, /change first: rolled-back\nstatus 0/, damaged.join(' and '))
    t.notMatch(printed, / lan: /, 'what the change made is gone')
    t.notOk(existsSync(file('change.json')))
    for (const name of damaged) t.equal(readFileSync(file(name), 'utf8'), 'half')
    t.ok(existsSync(file('pushed-secrets.sealed')), 'what another key may open is left')
    if (damaged.includes('vault.key')) t.match(printed, /STATE_DAMAGED .*vault.key: the key cannot/)
  }
})

const [OLD, NEW, OTHER] = [planted('Old21'), planted('New22'), planted('Other23')]

/** Lines of a session that demarc made. */
const session = (address: string, password: string, vault: Vault) => [
  `neighbor ${address} remote-as 65020`,
  `neighbor ${address} description demarc ${address}`,
  `neighbor ${address} password ${vault.conceal(password)}`,
]

for (const program of frrPrograms())
  t.test(
    `a lost vault key costs one password, and nothing else: FRR ${program.version}`,
    async (t) => {
      const alone = await startFrrAlone(program)
      t.teardown(() => alone.stop())
      const opened = (vault: Vault) =>
        openFrr({ runDir: alone.runDir, conceal: vault.conceal, reveal: vault.reveal })
      const dir = await overdue(t, async (vault) => {
        const frr = opened(vault)
        const step = (...lines: readonly string[]): FrrStep => ({
          do: 'frr',
          daemon: 'bgpd',
          lines: ['router bgp 65010', ...lines, 'exit'],
        })
        const made = step(...session('10.0.0.1', OTHER, vault), ...session('10.0.0.5', OLD, vault))
        t.equal(await frr.apply(made), null)
        const before = await frr.read()
        // A neighbour keeps its password, one gets another, and one is new.
        const change = step(
          'neighbor 10.0.0.1 timers 5 15',
          `neighbor 10.0.0.5 password ${vault.conceal(NEW)}`,
          ...session('10.0.0.9', OTHER, vault),
        )
        t.equal(await frr.apply(change), null)
        frr.close()
        const digests = [OLD, NEW, OTHER].map(vault.conceal)
        return { runDir: alone.runDir, before, steps: [change], digests }
      })
      const key = join(dir, 'state', 'vault.key')
      rmSync(key)
      const printed = runRollback(dir)
      t.match(printed, /^STATE_DAMAGED .*vault\.key: there is no such file; rolled back without/m)
      t.match(
        printed,
        /^neighbor 10\.0\.0\.5: the password that it had before .* can no longer be read/m,
      )
      t.match(printed, /change first: stuck\nstatus 1/)
      t.notMatch(printed, / lan: /, 'what the change made in the kernel is gone')
      t.notOk(existsSync(key), 'the key may come back from a backup')
      t.ok(existsSync(join(dir, 'state', 'change.json')), 'the change can be rolled back again')
      const vault = await openVault({ keyFile: join(dir, 'other.key') })
      const frr = opened(vault)
      t.teardown(() => frr.close())
      const lines = (await frr.read()).bgpd?.flatMap(({ children }) => children) ?? []
      const of = (address: string) =>
        lines.map(({ line }) => line).filter((line) => line.startsWith(`neighbor ${address} `))
      t.strictSame(of('10.0.0.1').sort(), session('10.0.0.1', OTHER, vault).sort(), 'as it was')
      t.strictSame(
        of('10.0.0.5').sort(),
        session('10.0.0.5', NEW, vault).sort(),
        'it keeps the new one',
      )
      t.strictSame(of('10.0.0.9'), [], 'the neighbour of the change is gone')
    },
  )
