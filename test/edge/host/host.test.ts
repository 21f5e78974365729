import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setImmediate as started } from 'node:timers/promises'
import t from 'tap'
import { systemClock } from '../../../src/edge/host/clock.js'
import { openHostReader } from '../../../src/edge/host/facts/host-state.js'
import { bootId, newId, sha256 } from '../../../src/edge/host/facts/identity.js'
import { openLog } from '../../../src/edge/host/log.js'
import { isJournal } from '../../../src/edge/host/priority.js'
import { openService } from '../../../src/edge/host/systemd-notify.js'
import { waitFor } from '../../support/process/wait.js'

interface Line {
  readonly [name: string]: unknown
}

function logInto(secrets: readonly string[], level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = []
  const log = openLog({ level, secrets: () => secrets, write: (line) => void lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Line }
}

t.test('a log line is one JSON object with level, time, event and message', async (t) => {
  const { log, lines, last } = logInto([])
  log.info({ event: 'applied', steps: 4 }, 'plan applied')
  t.match(last(), { level: 'info', event: 'applied', steps: 4, msg: 'plan applied' })
  t.match(String(last()['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  t.ok(lines[0]?.endsWith('}\n'))
})

t.test('a line for the journal begins with the priority of its level', async (t) => {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const log = openLog({ level: 'debug', write, hasPriority: true })
  for (const level of ['error', 'warn', 'info', 'debug'] as const) log[level]({ event: 'x' }, level)
  t.strictSame(
    lines.map((line) => line.slice(0, 4)),
    ['<3>{', '<4>{', '<6>{', '<7>{'],
  )
  openLog({ level: 'info', write }).info({ event: 'x' }, 'no journal')
  t.equal(lines.at(-1)?.at(0), '{', 'a file and a terminal get the JSON alone')
  const file = openSync(join(t.testdir({ log: '' }), 'log'), 'r')
  const { dev, ino } = fstatSync(file)
  t.ok(isJournal(file, `${dev}:${ino}`))
  t.notOk(isJournal(file, `${dev}:${ino + 1}`))
  t.notOk(isJournal(file, undefined))
  closeSync(file)
  t.notOk(isJournal(file, `${dev}:${ino}`), 'a closed descriptor')
})

t.test('a line below the level asked for is not written', async (t) => {
  const { log, lines } = logInto([], 'warn')
  log.info({ event: 'quiet' }, 'not written')
  log.debug({ event: 'quiet' }, 'not written')
  log.error({ event: 'loud' }, 'written')
  t.equal(lines.length, 1)
})

t.test('members with the name of a secret lose their value at any depth', async (t) => {
  const { log, lines, last } = logInto([])
  log.warn(
    { event: 'x', hub: { token: 'abc123' }, list: [{ authPassword: { secret: 'abc123' } }] },
    'seen',
  )
  t.notMatch(lines.join(''), /abc123/)
  t.match(last(), { hub: { token: '[redacted]' } })
})

t.test('a known secret is cut out of every text, its name and the error included', async (t) => {
  const awkward = 'pa"ss\\wörd'
  const { log, lines, last } = logInto(['65010', awkward, '65010-longer'])
  log.error(
    {
      event: 'x',
      error: new Error(`neighbor 10.0.0.1 password ${awkward}`),
      lines: ['password 65010', 'password 65010-longer'],
      [`key-${awkward}`]: 65010,
    },
    `failed with ${awkward}`,
  )
  const text = lines.join('')
  t.notOk(text.includes(JSON.stringify(awkward).slice(1, -1)))
  t.match(last(), {
    msg: 'failed with [redacted]',
    lines: ['password [redacted]', 'password [redacted]'],
  })
  t.equal(last()['key-[redacted]'], 65010, 'a number is not a text, the line stays JSON')
})

t.test('the monotonic clock runs in milliseconds', async (t) => {
  const before = systemClock.now()
  await new Promise((resolve) => setTimeout(resolve, 20))
  const span = systemClock.now() - before
  t.ok(span >= 15 && span < 5_000, `${span}`)
  t.ok(Math.abs(systemClock.wall().getTime() - Date.now()) < 1_000)
})

t.test('identities are what their names say', async (t) => {
  t.match(await bootId(), /^[0-9a-f]{8}-[0-9a-f-]{27}$/)
  t.not(newId(), newId())
  t.equal(sha256('ü'), createHash('sha256').update(Buffer.from('ü')).digest('hex'))
})

t.test('host facts have plausible figures', async (t) => {
  const read = openHostReader()
  const state = await read()
  t.equal(state.hostname, hostname())
  t.match(state.os, /\w+ /)
  t.ok(state.cpus >= 1)
  t.ok(state.memoryTotal > state.memoryAvailable && state.memoryAvailable > 0)
  t.ok(state.uptime > 0 && Number.isInteger(state.uptime))
  t.ok(state.load1 >= 0)
})

/** A `systemd-notify` that writes down its arguments; the real one runs in the lab. */
function recorder(dir: string, seconds = 0) {
  const program = join(dir, 'systemd-notify')
  const file = join(dir, 'received')
  writeFileSync(
    program,
    `#!/bin/sh\n/bin/sleep ${seconds}\nshift\nprintf '%s|' "$@" >>${file}\necho >>${file}\n`,
  )
  chmodSync(program, 0o755)
  return {
    env: { NOTIFY_SOCKET: '/run/notify', PATH: dir, WATCHDOG_USEC: '60000000' },
    received: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
  }
}

t.test('systemd gets ready, status and stopping, each on one line', async (t) => {
  const { env, received } = recorder(t.testdir())
  const service = openService(env)
  t.equal(service.watchdogInterval, 30_000, 'half of what systemd waits')
  service.ready('generation 42\nREADY=0')
  await started()
  await service.stopping()
  t.same(received(), ['READY=1|STATUS=generation 42 READY=0|', 'STOPPING=1|'])
})

t.test('messages that pile up are sent as one, and a status is not repeated', async (t) => {
  const { env, received } = recorder(t.testdir(), 0.05)
  const service = openService(env)
  service.status('one')
  await started()
  for (let i = 0; i < 50; i++) service.alive()
  service.status('one')
  await service.stopping()
  t.same(received(), ['STATUS=one|', 'WATCHDOG=1|STOPPING=1|'])
})

t.test('a repeated status delays nothing after it', async (t) => {
  const { env, received } = recorder(t.testdir())
  const service = openService(env)
  // What comes before the process of the message before has ended is sent together.
  const sent = (count: number) =>
    waitFor(`${count} messages`, received, {
      ...{ until: ({ length }) => length === count, within: 30, every: 5 },
    })
  service.status('one')
  await sent(1)
  service.status('one')
  service.alive()
  await sent(2)
  await service.stopping()
  t.same(received(), ['STATUS=one|', 'WATCHDOG=1|', 'STOPPING=1|'])
})

t.test('without systemd nothing is started and nothing fails', async (t) => {
  const service = openService({})
  t.equal(service.watchdogInterval, null)
  service.ready('x')
  service.alive()
  service.status('x')
  await service.stopping()
  const unreachable = openService({ NOTIFY_SOCKET: '/nowhere', PATH: '/nowhere' })
  unreachable.ready('x')
  await t.resolves(unreachable.stopping())
})
