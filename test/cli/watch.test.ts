import { spawn } from 'node:child_process'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { renderFrame } from '../../src/cli/watch/frame.js'
import { lightBar } from '../../src/cli/watch/light-bar.js'
import { millis } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import { arbitraryState } from '../support/agent/arbitrary-state.js'
import { localAgent } from '../support/agent/local-agent.js'
import { darkPort, healthyRouter } from '../support/agent/router-state.js'
import { PROGRAM } from '../support/process/demarc.js'
import { waitFor } from '../support/process/wait.js'

const NOW = millis(Date.parse('2026-11-29T17:23:36.512Z'))

function healthOf(state: Parameters<typeof assess>[0]) {
  return healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, null)
}

t.test('a frame fits the terminal whatever the router and its peers say', (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 100 })
  const event = fc.record({
    at: fc.constant('2026-11-29T17:00:00.000Z'),
    kind: text,
    name: text,
    code: text,
    severity: text,
    message: text,
  })
  fc.assert(
    fc.property(
      arbitraryState,
      fc.array(event, { maxLength: 30 }),
      fc.record({ columns: fc.nat(200), rows: fc.nat(60) }),
      (state, events, { columns, rows }) => {
        const router = events[0]?.name ?? 'r1'
        const view = { router, health: healthOf(state), events, change: null }
        const lines = renderFrame(view, { columns, rows }, NOW)
        return (
          lines.length <= rows &&
          lines.every(
            (line) =>
              Array.from(line).length <= columns &&
              /^[\u0020-\u007e\u00a1-\u02ff\u0370-\u052f…]*$/u.test(line),
          )
        )
      },
    ),
    { numRuns: 60 },
  )
  t.end()
})

t.test('a frame shows light, bundle, sessions, events and the time that a change has left', (t) => {
  const view = {
    router: 'r1',
    health: healthOf(healthyRouter({ ports: [darkPort('p1'), ...healthyRouter().ports] })),
    events: ['first', 'last'].map((message) => ({
      ...{ at: '2026-11-29T17:00:00.000Z', kind: 'port', name: 'p1', code: 'X' },
      ...{ severity: 'warning', message },
    })),
    change: {
      ...{ change: 'c1', generation: 7, digest: 'a'.repeat(64), phase: 'provisional' as const },
      ...{ at: '2026-11-29T17:20:00.000Z', until: '2026-11-29T17:25:00.000Z' },
    },
  }
  const frame = renderFrame(view, { columns: 80, rows: 24 }, NOW).join('\n')
  t.match(frame, /^demarc r1 .*health/)
  t.match(frame, /CHANGE {2}generation 7 {2}provisional, rolled back in 1 min 23 s/)
  t.match(frame, /p2 .*10G .*\[[#.|]{16}\]/)
  t.match(frame, /dl-par .*2 of 2 in aggregate/)
  t.match(frame, /10\.0\.0\.1 .*established/)
  t.match(frame, /last[\s\S]*first/, 'the newest first')
  const small = renderFrame(view, { columns: 80, rows: 10 }, NOW)
  t.ok(small.length <= 10)
  t.match(small.join('\n'), /critical down {2} {3}dark|dl-par/, 'parts without headings')
  t.notMatch(small.join('\n'), 'CONNECTION')
  t.end()
})

t.test('the bar of light is as wide whatever the light', (t) => {
  const limits = { lowAlarm: -20, lowWarning: -18, highWarning: 0, highAlarm: 2 }
  t.equal(lightBar(-9, limits), '[#|#######.....|.]')
  t.equal(lightBar(-25, limits), '[<|............|.]')
  t.equal(lightBar(3, limits), '[#|############|>]')
  fc.assert(
    fc.property(fc.double(), fc.double(), fc.double(), (light, lowAlarm, highAlarm) => {
      return lightBar(light, { lowAlarm, highAlarm }).length === 18
    }),
  )
  t.equal(lightBar(undefined, limits).trim(), '-')
  t.end()
})

/**
 * Runs the words in a pseudo-terminal of 80 by 24; what it writes goes to stdout, stdin is its keyboard. SIGUSR1 makes
 * it 40 by 12, SIGUSR2 sends SIGTERM to the program. The last line says whether the terminal echoes as before; the exit
 * status is that of a shell.
 */
const PTY = `
import fcntl, os, pty, select, signal, struct, sys, termios
def resize(rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
def modes():
    return termios.tcgetattr(terminal)[3]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
resize(24, 80)
before = modes()
signal.signal(signal.SIGUSR1, lambda *_: resize(12, 40))
signal.signal(signal.SIGUSR2, lambda *_: os.kill(pid, signal.SIGTERM))
while True:
    ready = select.select([terminal, 0], [], [])[0]
    if 0 in ready:
        os.write(terminal, os.read(0, 100))
    if terminal in ready:
        try:
            octets = os.read(terminal, 65536)
        except OSError:
            break
        if not octets:
            break
        os.write(1, octets)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
os.write(1, b'<same modes>' if modes() == before else b'<other modes>')
sys.exit(status if status >= 0 else 128 - status)
`

async function watched(t: Test) {
  const at = await localAgent(t)
  at.look(healthyRouter())
  const words = ['-c', PTY, process.execPath, PROGRAM, '--socket', at.socket, 'watch']
  const child = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  let written = ''
  let status: number | null = null
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (written += chunk))
  child.on('close', (code) => (status = code))
  const shows = (pattern: RegExp) =>
    waitFor(String(pattern), () => written, { until: (all) => pattern.test(all), within: 30 })
  await shows(/demarc r1 .*health ok/)
  return {
    ...at,
    child,
    shows,
    written: () => written,
    ended: () => waitFor('the end', () => status, { until: (code) => code !== null, within: 20 }),
  }
}

/** The lines of the last frame, as the terminal shows them. */
function lastFrame(written: string): readonly string[] {
  const frames = written.split('\u001b[H')
  return (frames.at(-1) ?? '')
    .split(/\r*\n/)
    .map((line) => line.replace(/\u001b\[[?0-9]*[a-zA-Z]/g, ''))
}

/** The old screen, its cursor, and lines that wrap; then what the terminal was like. */
const GIVEN_BACK = /\u001b\[\?7h\u001b\[\?25h\u001b\[\?1049l<same modes>$/

t.test('a terminal is drawn on, follows what happens, and is given back', async (t) => {
  const at = await watched(t)
  t.match(at.written(), /\u001b\[\?1049h/, 'another screen')
  at.look(healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] }))
  await at.shows(/p1 +critical down +dark/)
  const frame = lastFrame(at.written())
  t.ok(frame.length <= 24 && frame.every((line) => line.length <= 80))
  at.child.stdin.write('q')
  t.equal(await at.ended(), 0)
  t.match(at.written(), GIVEN_BACK)
})

t.test('a terminal that becomes smaller is drawn anew within its new size', async (t) => {
  const at = await watched(t)
  t.ok(
    lastFrame(at.written()).some((line) => line.length > 40),
    'it was wider',
  )
  at.child.kill('SIGUSR1')
  const fits = () => {
    const frame = lastFrame(at.written())
    return frame.length <= 12 && frame.every((line) => line.length <= 40)
  }
  await waitFor('a frame of 40 by 12', fits, { until: (is) => is, within: 20 })
  t.match(lastFrame(at.written())[0], /^demarc r1 /)
  at.child.stdin.write('q')
  t.equal(await at.ended(), 0)
})

t.test('a watch that is ended by SIGTERM gives the terminal back', async (t) => {
  const at = await watched(t)
  at.child.kill('SIGUSR2')
  t.equal(await at.ended(), 128 + 15, 'it ended by the signal')
  t.match(at.written(), GIVEN_BACK)
})
