import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { collectAll } from '../../src/cli/support/collect.js'
import { command, file, type Source } from '../../src/cli/support/source.js'
import { formsOf } from '../../src/core/masking/forms.js'
import { intent } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'
import { frrPrograms, startFrrAlone } from '../support/frr/isolated-frr.js'
import { demarc } from '../support/process/demarc.js'
import { planted } from '../support/process/planted-secrets.js'

const MANIFEST = 'MANIFEST.json'

interface Manifest {
  readonly took: number
  readonly entries: readonly { readonly name: string; readonly octets: number }[]
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}

/** Settings of a router whose files are in `dir`, with a secret in every place that an operator could put one. */
function router(dir: string, runDir: string): string {
  const secretsDir = join(dir, 'secrets')
  const state = join(dir, 'var')
  for (const each of [secretsDir, state, join(dir, 'demarc.toml.d')]) mkdirSync(each)
  writeFileSync(join(secretsDir, 'net-a-bgp'), `${planted('file')}\n`)
  writeFileSync(join(dir, 'hub.token'), `${planted('hub-token-00000')}\n`)
  writeFileSync(join(state, 'vault.key'), planted('vault'))
  writeFileSync(join(state, 'pushed-secrets.sealed'), planted('sealed'))
  writeFileSync(
    join(state, 'history.json'),
    JSON.stringify({ why: `neighbor 10.0.0.1 password ${planted('history')}` }),
  )
  writeFileSync(
    join(state, 'change.json'),
    `demarc change journal 3 abc\n${JSON.stringify({ phase: 'provisional', sealed: planted('journal') })}`,
  )
  writeFileSync(
    join(state, 'audit.jsonl'),
    `${JSON.stringify({ who: Buffer.from(`:${planted('file')}`).toString('base64') })}\n`,
  )
  writeFileSync(
    join(dir, 'demarc.toml.d/10-hub.toml'),
    `# token = "${planted('drop-in')}"\n[state]\ndir = "${state}"\n`,
  )
  const settings = join(dir, 'demarc.toml')
  writeFileSync(
    settings,
    [
      `# password = "${planted('comment')}"`,
      ...['[agent]', 'id = "r1"', '[hub]', 'urls = ["wss://hub.example/agent"]'],
      `token_file = "${dir}/hub.token"`,
      ...['[secrets]', `dir = "${secretsDir}"`],
      ...['[frr]', `run_dir = "${runDir}"`, ''],
    ].join('\n'),
  )
  return settings
}

const SECRETS = [
  'file',
  'hub-token-00000',
  'vault',
  'sealed',
  'history',
  'journal',
  'drop-in',
  'comment',
  'frr',
  'ospf',
]

/** The files of a bundle, by their path below its one folder. */
function unpacked(t: Test, bundle: string): (name: string) => string {
  const dir = t.testdir()
  execFileSync('tar', ['-xzf', bundle, '-C', dir])
  const [root = ''] = readdirSync(dir)
  return (name) => execFileSync('cat', [join(dir, root, name)], { encoding: 'utf8' })
}

/** A short path, because that of a socket is limited. */
function folder(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'bundle-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

t.test(
  'a router with FRR and its agent: everything is in the bundle but its secrets',
  async (t) => {
    const [program] = frrPrograms()
    if (program === undefined) throw new Error('there is no FRR to test')
    const frr = await startFrrAlone(program)
    t.teardown(() => frr.stop())
    const lines = [
      ...['configure terminal', 'router bgp 65010', 'neighbor 10.0.0.1 remote-as 65020'],
      `neighbor 10.0.0.1 password ${planted('frr')}`,
      ...['exit', 'key chain one', 'key 1', `key-string ${planted('ospf')}`],
    ]
    execFileSync('vtysh', ['--vty_socket', frr.runDir, ...lines.flatMap((line) => ['-c', line])], {
      stdio: 'ignore',
    })
    const at = await localAgent(t)
    await at.methods['intent.push']?.({
      intent: intent(1),
      change: 'one',
      dryRun: false,
      adopt: false,
      probes: [],
    })
    const dir = folder(t)
    const settings = router(dir, frr.runDir)
    const bundle = join(dir, 'bundle.tar.gz')
    const words = ['--config', settings, '--socket', at.socket, '--json', 'support-bundle']
    const { status, out, err } = await demarc(...words, '--output', bundle)

    t.equal(status, 0, err)
    t.equal(statSync(bundle).mode & 0o777, 0o600)
    const read = unpacked(t, bundle)
    const manifest = JSON.parse(read(MANIFEST)) as Manifest
    t.match(JSON.parse(out), {
      file: bundle,
      missing: manifest.missing,
      entries: manifest.entries.length,
    })
    t.match(read('frr/running-config.txt'), ' neighbor 10.0.0.1 password [redacted]\n')
    t.match(JSON.parse(read('frr/bgp-neighbors.json')), {
      default: { '10.0.0.1': { remoteAs: 65_020 } },
    })
    t.match(JSON.parse(read('agent/status.json')), { router: 'r1', health: { router: {} } })
    t.match(JSON.parse(read('agent/intent.json')), { intent: { generation: 1 } })
    t.match(JSON.parse(read('agent/plan.json')), { plan: { stepCount: 0 } })
    t.match(JSON.parse(read('doctor/net-a.json')), { attachment: 'net-a', result: 'works' })
    t.match(JSON.parse(read('kernel/addresses.json')), [{ ifname: 'lo' }])
    t.match(JSON.parse(read('system/versions.json')), { node: process.version, kernel: /./ })
    t.match(read('settings/demarc.toml'), `token_file = "${dir}/hub.token"`)
    t.match(read('state/change.json'), '{"phase":"provisional","sealed":"[redacted]"}')
    t.match(read('state/files.txt'), 'vault.key')
    const names = manifest.entries.map(({ name }) => name)
    for (const name of [
      'settings/demarc.toml.d/10-hub.toml',
      'state/history.json',
      'system/processes.txt',
      'kernel/routes.json',
    ]) {
      t.ok(names.includes(name), name)
    }
    const all = `${execFileSync('tar', ['-xzOf', bundle], { maxBuffer: 1 << 26 }).toString('latin1')}${out}${err}`
    for (const secret of SECRETS) {
      t.notOk(
        formsOf(planted(secret)).find((form) => all.includes(form)),
        secret,
      )
    }
    // The hunt at the end of the suite opens it.
    mkdirSync('.cache/test/evidence', { recursive: true })
    copyFileSync(bundle, '.cache/test/evidence/support-bundle.tar.gz')
  },
)

t.test('without agent, FRR and state the rest is there, and the reasons', async (t) => {
  const dir = folder(t)
  const bundle = join(dir, 'bundle.tar.gz')
  const words = ['--config', join(dir, 'none.toml'), '--socket', join(dir, 'none.sock')]
  const { status, out } = await demarc(...words, 'support-bundle', '--output', bundle)
  t.equal(status, 0)
  const manifest = JSON.parse(unpacked(t, bundle)(MANIFEST)) as Manifest
  const reasons = Object.fromEntries(manifest.missing.map(({ name, reason }) => [name, reason]))
  t.match(reasons, {
    'agent/status.json': /ENOENT/,
    'settings/demarc.toml': 'there is no such file',
    'frr/running-config.txt': /^vtysh ended with status 1: /,
  })
  t.match(out, /entries, in .* Secrets are masked\.\nMissing, [\s\S]*\n {2}agent\/status\.json\n/)
  t.ok(manifest.entries.some(({ name }) => name === 'kernel/links.json'))
})

t.test('a bundle that cannot be written leaves nothing behind', async (t) => {
  const dir = folder(t)
  mkdirSync(join(dir, 'taken', 'x'), { recursive: true })
  const { status, err } = await demarc('support-bundle', '--output', join(dir, 'taken'))
  t.equal(status, 1)
  t.match(err, /FILE_UNWRITABLE .*taken: .*--output/)
  t.strictSame(readdirSync(dir), ['taken'])
  t.match(await demarc('support-bundle', '--output', '/proc/nowhere/x'), {
    status: 1,
    err: /FILE_UNWRITABLE/,
  })
})

const LONG = { most: 1000, keep: 'tail' } as const

t.test('a source that hangs, or prints without end, has an end', async (t) => {
  const never: Source = { name: 'never', from: '-', collect: () => new Promise(() => undefined) }
  const groups = [
    async () => [
      never,
      command('sleep', ['sh', '-c', 'sleep 1000 & wait']),
      command('after', ['echo', 'late']),
    ],
    async () => [
      command('head', ['yes', 'a line'], { most: 1000 }),
      command('tail', ['seq', '100000'], LONG),
    ],
    async () => [
      file('pipe', '/dev/zero'),
      command('none', ['no-such-program']),
      command('big', ['seq', '2000']),
    ],
  ]
  const entries = await collectAll(groups, { most: 3000, each: 2000, all: 3000 }, () => undefined)
  const by = Object.fromEntries(entries.map(({ source, collected }) => [source.name, collected]))
  t.match(by, {
    never: { reason: 'it did not end in time' },
    sleep: { reason: /in time|no time left/ },
    after: { reason: 'there was no time left' },
    head: { kind: 'text', cut: true },
    pipe: { reason: 'it is not a file' },
    none: { reason: 'no-such-program: it is not installed' },
    big: { reason: 'the bundle is full' },
  })
  const tail = by['tail']?.kind === 'text' ? by['tail'].text : ''
  t.match(tail, /^99\d{3}\n[\d\n]*\n100000\n$/, 'whole lines to the end')
  const head = by['head']?.kind === 'text' ? by['head'].text : ''
  t.match(head, /^(a line\n)+$/)
})
