import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { waitFor } from '../support/process/wait.js'

/** `scripts/lab run` and `scripts/lab shell`, as scripts and people use them. */

// A boot takes 5 to 20 s under emulation, and the lab may first wait until other guests have ended.
t.setTimeout(900_000)

const scratch = mkdtempSync(join(tmpdir(), 'lab-test-'))

function lab(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('scripts/lab', ['run', ...words], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: scratch },
  })
  return { status, stdout, stderr }
}

t.test(
  'a guest returns output, exit status and files, and changes nothing else on the host',
  (t) => {
    const out = join(scratch, 'out')
    const command = [
      'uname -r; id -u; echo aside >&2; echo kept >/out/file',
      'touch /etc/lab package.json.lab && sleep 600 & exit 7',
    ]
    const { status, stdout, stderr } = lab('--out', out, '--', 'bash', '-c', command.join('; '))
    t.equal(status, 7)
    t.match(stdout, /^\d+\.\d+\.\d+-\d+-\w+\n0\n$/)
    t.match(stderr, /aside/)
    t.equal(readFileSync(join(out, 'file'), 'utf8'), 'kept\n')
    t.notOk(existsSync('package.json.lab'))
    t.notOk(existsSync('/etc/lab'))
    t.strictSame(readdirSync(scratch), ['out'])
    t.end()
  },
)

t.test('a guest that hangs is killed, and the message has its name', (t) => {
  const { status, stderr } = lab('--name', 'sleeper', '--timeout', '40', '--', 'sleep', '3600')
  t.equal(status, 124)
  t.match(stderr, /guest sleeper hung: not done after 40 s \(sleep 3600\); killed/)
  t.match(stderr, /\d sleep 3600\r?$/m, 'the printed console lists its processes')
  t.end()
})

t.test('at a terminal the lab opens a shell in a guest and exits with its status', async (t) => {
  const shell = spawn('script', ['-qec', 'scripts/lab shell --timeout 300', '/dev/null'], {
    env: { ...process.env, TMPDIR: scratch, TERM: 'dumb' },
  })
  t.teardown(() => shell.kill())
  const ended = once(shell, 'exit')
  let screen = ''
  shell.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()))
  const waitForText = (what: string, text: RegExp) =>
    waitFor(what, () => screen, {
      until: (seen) => text.test(seen) || shell.exitCode !== null,
      within: 600,
    })
  await waitForText('a prompt', /[#$] $/)
  // The terminal echoes the typed command, so the test waits for text that only its output has.
  shell.stdin.write('echo "$(id -u) has $((6 * 7)) in $(pwd) of $(cat /proc/1/comm)"\n')
  await waitForText('its answer', /0 has 42 in [^\n]*\n[^\n]*[#$] $/)
  t.match(screen, `0 has 42 in ${process.cwd()} of `)
  shell.stdin.write('touch /etc/lab; exit 7\n')
  t.strictSame(await ended, [7, null], screen)
  t.notOk(existsSync('/etc/lab'))
})
