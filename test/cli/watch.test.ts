import { spawn } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
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

/** Runs the words in a pseudo-terminal of 80 by 24; what it writes goes to stdout, stdin is its keyboard. */
const PTY = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
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
status = os.waitpid(pid, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) & 127)
`

t.test('a terminal is drawn on, follows what happens, and is given back', async (t) => {
  const at = await localAgent(t)
  at.look(healthyRouter())
  const words = ['-c', PTY, process.execPath, PROGRAM, '--socket', at.socket, 'watch']
  const child = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill())
  let written = ''
  let status: number | null = null
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (written += chunk))
  child.on('exit', (code) => (status = code))
  const shows = (pattern: RegExp) =>
    waitFor(String(pattern), () => written, { until: (all) => pattern.test(all), within: 30 })
  await shows(/demarc r1 .*health ok/)
  t.match(written, /\u001b\[\?1049h/, 'another screen')
  at.look(healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] }))
  await shows(/p1 +critical down +dark/)
  child.stdin.write('q')
  await waitFor('the end', () => status, { until: (code) => code !== null, within: 20 })
  t.equal(status, 0)
  t.match(written, /\u001b\[\?1049l$/, 'the old screen is back')
  const lines = written.split(/\r*\n|\u001b\[H/)
  const widths = lines.map((line) => line.replace(/\u001b\[[?0-9]*[a-zA-Z]/g, '').length)
  t.strictSame(
    lines.filter((_line, place) => (widths[place] ?? 0) > 80),
    [],
  )
})
