import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'

/** The customer's limit for the exposure level of `systemd-analyze security`, of 10. */
const EXPOSURE_MAX = 3

const units = ['demarcd.service', 'demarc-rollback.service', 'demarc-hub.service']

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

function exposure(file: string): number {
  const { output } = run('systemd-analyze', 'security', '--offline=true', '--no-pager', file)
  return Number(/Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1] ?? NaN)
}

/** A copy of the unit with one line changed. */
function changed(t: Test, unit: string, from: string, to: string): string {
  const text = readFileSync(join('systemd', unit), 'utf8')
  t.ok(text.includes(from), `${unit} has ${from}`)
  const dir = join(t.testdir(), 'units')
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, unit), text.replace(from, to))
  return join(dir, unit)
}

for (const unit of units) {
  t.test(`systemd-analyze verify reports nothing about ${unit}`, (t) => {
    const { status, output } = run('systemd-analyze', 'verify', '--man=no', join('systemd', unit))
    t.equal(status, 0)
    t.equal(output, '')
    t.end()
  })

  t.test(`${unit} is exposed no more than ${EXPOSURE_MAX}.0`, (t) => {
    const level = exposure(join('systemd', unit))
    t.ok(level > 0 && level <= EXPOSURE_MAX, `${level}`)
    t.end()
  })
}

t.test('both checks find a misspelt key, a missing program and a unit without a sandbox', (t) => {
  const unit = 'demarcd.service'
  const misspelt = run('systemd-analyze', 'verify', changed(t, unit, 'ProtectHome', 'ProtectHouse'))
  t.match(misspelt.output, /Unknown key (name )?'ProtectHouse'/)
  const missing = run('systemd-analyze', 'verify', changed(t, unit, '/usr/bin/env', '/usr/bin/nev'))
  t.not(missing.status, 0)
  const open = changed(t, unit, 'ProtectSystem=strict', 'ProtectSystem=no')
  t.ok(exposure(open) > exposure(join('systemd', unit)))
  const bare = changed(t, unit, 'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n', 'User=root\n')
  t.ok(exposure(bare) > EXPOSURE_MAX, 'with every capability it is above the limit')
  t.end()
})

t.test('services have limits of files and memory, and reload without a restart', (t) => {
  for (const unit of ['demarcd.service', 'demarc-hub.service']) {
    const text = readFileSync(join('systemd', unit), 'utf8')
    t.match(text, /^LimitNOFILE=\d+$/m, unit)
    t.match(text, /^MemoryMax=\d+G$/m, unit)
    t.match(text, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m, unit)
  }
  t.end()
})

t.test('the agent has two capabilities and no others', (t) => {
  const text = readFileSync('systemd/demarcd.service', 'utf8')
  t.match(text, /^CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW$/m)
  t.match(text, /^AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW$/m)
  t.end()
})

t.test(
  'demarc-rollback has the sandbox of the agent, and starts only while a change is unsettled',
  (t) => {
    const sandbox = (unit: string) =>
      readFileSync(`systemd/${unit}`, 'utf8')
        .split('\n')
        .filter((line) =>
          /^(User|Group|Supplementary|Cap|Ambient|Protect|Restrict|System|NoNew|ReadWrite)/.test(
            line,
          ),
        )
    t.strictSame(sandbox('demarc-rollback.service'), sandbox('demarcd.service'))
    const text = readFileSync('systemd/demarc-rollback.service', 'utf8')
    t.match(text, /^ConditionPathExists=\/var\/lib\/demarc\/change.json$/m)
    t.equal(
      run('systemd-analyze', 'verify', '--man=no', 'systemd/demarc-rollback.timer').output,
      '',
    )
    t.end()
  },
)

t.test('a stop or restart of FRR does not stop the agent, and the reverse', (t) => {
  const text = readFileSync('systemd/demarcd.service', 'utf8')
  t.match(text, /^Wants=frr.service demarc-rollback.timer$/m)
  t.notMatch(text, /^(Requires|BindsTo|PartOf|Requisite|ExecStop|ExecStopPost)=/m)
  t.end()
})

t.test('systemd-sysusers accepts its file, and the sysctl file has valid lines', (t) => {
  const root = t.testdir()
  mkdirSync(join(root, 'etc'))
  const file = resolve('systemd/demarc.sysusers')
  const dry = run('systemd-sysusers', '--root', root, '--dry-run', file)
  t.equal(dry.status, 0, dry.output)
  const real = run('systemd-sysusers', '--root', root, file)
  t.equal(real.status, 0, real.output)
  t.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^demarc:x:\d+:\d+:.*nologin$/m)
  const lines = readFileSync('systemd/demarc.sysctl', 'utf8').split('\n')
  const settings = lines.filter((line) => line !== '' && !line.startsWith('#'))
  t.ok(settings.every((line) => /^[a-z0-9_.]+ = \d+$/.test(line)))
  t.end()
})
