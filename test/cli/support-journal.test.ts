import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { planted } from '../support/process/planted-secrets.js'

/*
 * The journal in a support bundle, from systemd's own journald and journalctl. They run in a mount namespace with a /run of
 * their own, so that no journal of this machine is read.
 */

const options = process.getuid?.() === 0 ? {} : { skip: 'starts a journald, which needs root' }

/** `npm run build` makes it. */
const PROGRAM = resolve('dist/demarc.js')

const START = `
mount -t tmpfs tmp /run
mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
printf '[Journal]\\nStorage=volatile\\nRateLimitBurst=0\\nReadKMsg=no\\n' >/run/systemd/journald.conf.d/test.conf
/lib/systemd/systemd-journald & journald=$!
trap 'kill $journald; wait $journald || true' EXIT
until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
bundle() { "$@" "$NODE" "$PROGRAM" --config "$DIR/demarc.toml" --socket /none/sock support-bundle --output "$DIR/bundle.tar.gz"; }
`

/** Lines about a unit, as root may write them. */
const WRITE = `
write() { python3 - "$@" <<'PYTHON'
import socket, sys
unit, text, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.connect('/run/systemd/journal/socket')
for number in range(times):
    out.send(f'MESSAGE={number} {text}\\nOBJECT_SYSTEMD_UNIT={unit}.service\\n'.encode())
PYTHON
journalctl --sync; }
`

/** Runs the script where journald is, and gives the bundle that it made. */
function bundleAfter(t: Test, script: string): (name: string) => string {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  // Another user writes the bundle in one of the tests.
  chmodSync(dir, 0o777)
  const words = [
    '--mount',
    '--net',
    '--propagation',
    'private',
    'bash',
    '-ec',
    `${START}${WRITE}${script}`,
  ]
  const env = { ...process.env, NODE: process.execPath, PROGRAM, DIR: dir }
  const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8', env })
  if (status !== 0) throw new Error(stderr)
  const bundle = join(dir, 'bundle.tar.gz')
  return (name) =>
    execFileSync('tar', ['-xzOf', bundle, '--wildcards', `*/${name}`], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
}

interface Manifest {
  readonly entries: readonly { readonly name: string; readonly cut: boolean }[]
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
}
const manifestIn = (read: (name: string) => string) => JSON.parse(read('MANIFEST.json')) as Manifest

const MIB = 1024 * 1024

t.test('of a large journal the newest lines are there, without secrets', options, (t) => {
  const secret = `neighbor 10.0.0.1 password ${planted('journald')}`
  const read = bundleAfter(
    t,
    `
write demarcd '${'an event '.repeat(300)}' 3000
write demarcd '${secret}' 1
write frr '${JSON.stringify({ why: secret })}' 3
bundle
`,
  )
  const demarcd = read('journal/demarcd.txt')
  t.ok(demarcd.length <= 4 * MIB && demarcd.length > 3.9 * MIB, `${demarcd.length} octets`)
  t.match(demarcd, /^\d{4}-\d\d-\d\dT\S+ \S+ python3\[\d+\]: \d+ an event/, 'whole lines')
  t.match(demarcd, / 2999 an event .*\n.* 0 neighbor 10\.0\.0\.1 password \[redacted\]\n$/)
  t.match(read('journal/frr.txt'), / 2 \{"why":"neighbor 10\.0\.0\.1 password \[redacted\]"\}\n$/)
  const { entries, missing } = manifestIn(read)
  t.match(
    entries.filter(({ name }) => name.startsWith('journal/')),
    [
      { name: 'journal/demarcd.txt', cut: true },
      { name: 'journal/demarc-rollback.txt', cut: false },
      { name: 'journal/frr.txt', cut: false },
      { name: 'journal/kernel.txt', cut: false },
    ],
  )
  t.notOk(missing.some(({ name }) => name.startsWith('journal/')))
  t.notMatch(read('*'), /xPlantedx/)
  t.end()
})

t.test('a journal that this user may not read is a reason, and the rest is there', options, (t) => {
  const read = bundleAfter(
    t,
    `
write demarcd 'an event' 10
chmod -R go= /run/log/journal
bundle setpriv --reuid 65534 --regid 65534 --clear-groups
`,
  )
  const { entries, missing } = manifestIn(read)
  t.match(
    missing.filter(({ name }) => name.startsWith('journal/')),
    ['demarcd', 'demarc-rollback', 'frr', 'kernel'].map((unit) => ({
      name: `journal/${unit}.txt`,
      reason: /^journalctl ended with status 1: No journal files were opened/,
    })),
  )
  t.ok(entries.some(({ name }) => name === 'kernel/links.json'))
  t.end()
})

t.test('of a damaged journal there is what journalctl can read', options, (t) => {
  const read = bundleAfter(
    t,
    `
write demarcd 'an event' 2000
kill -STOP $journald
for file in /run/log/journal/*/*.journal; do
  dd if=/dev/zero of="$file" bs=1k seek=200 count=40 conv=notrunc status=none
done
bundle
kill -CONT $journald
`,
  )
  t.match(read('journal/demarcd.txt'), / \d+ an event\n/)
  t.end()
})

t.test('with FRR down no password shows that came with a push', options, (t) => {
  const [saved, unsaved] = [planted('saved'), planted('unsaved')]
  const command = `neighbor 10.0.0.2 password ${unsaved}`
  // The first stands in FRR's file, and is cut out wherever it is; the second was only in bgpd, and is known by its places.
  const read = bundleAfter(
    t,
    `
mkdir "$DIR/state"
printf '[agent]\nid = "r1"\n[state]\ndir = "%s/state"\n[frr]\nrun_dir = "%s"\n' "$DIR" "$DIR" >"$DIR/demarc.toml"
mount -t tmpfs frr /etc/frr
printf 'router bgp 65010\n neighbor 10.0.0.1 password ${saved}\n' >/etc/frr/frr.conf
echo '{"why":"FRR refused ${saved}","line":"${command}"}' >"$DIR/state/history.json"
write frr 'the key ${saved} is another' 1
write frr '${command}' 1
write demarcd '{"message":"FRR refused ${saved}","line":"${command}"}' 1
ip link set lo alias 'was ${saved}, then ${command}'
nft "add table ip t { comment \\"${saved}\\"; }"
nft "add table ip u { comment \\"${command}\\"; }"
bundle
`,
  )
  t.match(read('frr/frr.conf'), ' neighbor 10.0.0.1 password [redacted]\n')
  t.match(read('journal/frr.txt'), /the key \[redacted\] is another\n.* password \[redacted\]\n/)
  t.match(read('journal/demarcd.txt'), '"message":"FRR refused [redacted]"')
  t.match(read('kernel/links.json'), '"was [redacted], then neighbor 10.0.0.2 password [redacted]"')
  t.match(read('kernel/nftables.txt'), 'comment "[redacted]"')
  t.match(read('state/history.json'), '"FRR refused [redacted]"')
  const { missing } = manifestIn(read)
  t.match(
    missing.find(({ name }) => name === 'frr/running-config.txt'),
    { reason: /^vtysh ended/ },
  )
  t.notMatch(read('*'), /xPlantedx/)
  t.end()
})
