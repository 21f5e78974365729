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
import { openVault } from '../../src/edge/host/secrets/vault.js'
import { intent } from '../support/agent/engine.js'

/** `npm run build` makes it. */
const PROGRAM = join(process.cwd(), 'dist/demarc-rollback.js')

const MADE = 'ip link add lan type bridge && ip link set lan alias "demarc bridge lan"'

/** A state directory with a change that made the bridge `lan` and is past its deadline. */
async function overdue(t: Test): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'rollback-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const settings = `[agent]\nid = "r1"\n[ports]\nmanage = ["p*"]\n[frr]\nrun_dir = "${dir}"\n`
  const state = `[state]\ndir = "${dir}/state"\nsocket = "${dir}/sock"\n`
  writeFileSync(join(dir, 'demarc.toml'), settings + state)
  const files = await openStateFiles(join(dir, 'state'))
  const vault = await openVault({ keyFile: join(dir, 'state', 'vault.key') })
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
    steps: [],
    before: {
      links: [],
      sysctlDefaults: { rpFilter: 0, forwarding4: false, forwarding6: false },
      frr: { version: null, bgpd: null, bfdd: null, faults: [] },
    },
    sealed: vault.exportSealed([]),
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
