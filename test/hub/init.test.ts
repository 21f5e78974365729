import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { newDial, dialHub } from '../../src/agent/hub/dial.js'
import { createLivenessRecord } from '../../src/agent/hub/liveness.js'
import { millis } from '../../src/core/base/time.js'
import { parseAgentSettings } from '../../src/core/config/agent-file.js'
import { isServerName } from '../../src/hub/init/authority.js'
import { initHub } from '../../src/hub/init/init.js'
import { freePort } from '../support/process/listening.js'
import { waitFor } from '../support/process/wait.js'
import { HUB_PROGRAM } from './hub-process.js'

/** `demarc-hub init` and `renew` as programs: what they make, and that a hub and an agent can use it. */

const hub = (...words: readonly string[]) =>
  spawnSync(process.execPath, [HUB_PROGRAM, ...words], { encoding: 'utf8' })
const modeOf = (file: string) => (statSync(file).mode & 0o7777).toString(8)
const text = (...path: readonly string[]) => readFileSync(join(...path), 'utf8')

/** A first hub in a folder of its own, at a free port of this machine. */
async function firstHub(t: Test) {
  const dir = join(mkdtempSync(join(tmpdir(), 'demarc-first-hub-')), 'hub')
  t.teardown(() => rmSync(dirname(dir), { recursive: true }))
  const port = await freePort()
  const names = ['localhost', '127.0.0.1', '2001:db8::1']
  const routers = ['--router', 'par-edge-1', '--router', 'lon-edge-1', '--manage', 'enp1s0f*']
  const words = ['--dir', dir, '--listen', `127.0.0.1:${port}`, ...routers]
  const made = hub('init', ...names, ...words)
  t.equal(made.status, 0, made.stderr)
  return { dir, port, words, made }
}

/** The hub of these settings, until the test ends. */
async function start(t: Test, dir: string) {
  const child = spawn(process.execPath, [HUB_PROGRAM, '--config', join(dir, 'hub.toml')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const said = (event: string) =>
    waitFor(event, () => lines.some((line) => line.includes(`"event":"${event}"`)), {
      until: (found) => found,
      within: 30,
    })
  await said('listening')
  return { child, said }
}

/** Dials as the agent does with the made settings; `ca` is what it trusts. */
async function dial(dir: string, ca: string, id = 'par-edge-1') {
  const toml = text(dir, 'router.toml').replaceAll('{id}', id)
  const settings = parseAgentSettings(toml, 'router.toml')
  if (!settings.ok) throw new Error(JSON.stringify(settings.faults))
  const { agent, hub: link } = settings.value
  const url = link?.urls.find((found) => found.includes('127.0.0.1')) ?? ''
  const connection = newDial(1, url)
  const answer = await dialHub(
    connection,
    {
      router: agent.id,
      token: async () => text(dir, 'tokens/par-edge-1.token').trim(),
      ca: async () => ca,
      hello: () => Promise.reject(new Error('not asked for')),
      handlers: {},
      onWarning: () => undefined,
    },
    createLivenessRecord(() => millis(0)),
  )
  connection.abort.abort()
  return answer
}

const first = await firstHub(t)

t.test('one command makes a hub that starts, and to which its routers connect', async (t) => {
  const { dir, made } = first
  for (const name of ['ca.key', 'hub.key', 'api.token', 'api.curl', 'tokens/par-edge-1.token']) {
    t.equal(modeOf(join(dir, name)), '600', name)
    t.notOk(made.stdout.includes(text(dir, name).trim()), `${name} is not printed`)
  }
  t.notOk(text(dir, 'hub.toml').includes(text(dir, 'api.token').trim()), 'only its digest')
  t.match(made.stdout, /demarc-hub --config .*\/hub\.toml/)
  t.match(made.stdout, /demarc install root@par-edge-1 root@lon-edge-1 --package .* --ca /)
  await start(t, dir)
  t.match(await dial(dir, text(dir, 'ca.pem')), { ok: true })
  const wrongRouter = await dial(dir, text(dir, 'ca.pem'), 'lon-edge-1')
  t.match(wrongRouter, { ok: false, faults: [{ code: 'UNAUTHORIZED' }] })
  const other = await firstHub(t)
  const foreign = await dial(dir, text(other.dir, 'ca.pem'))
  t.match(foreign, { ok: false, faults: [{ code: 'HUB_UNREACHABLE', message: /certificate/ }] })
})

t.test(
  'the certificate is for servers, of the authority, and good for 397 to 825 days',
  async (t) => {
    const { dir } = first
    const ca = new X509Certificate(text(dir, 'ca.pem'))
    const server = new X509Certificate(text(dir, 'hub.pem'))
    t.same([ca.ca, server.ca], [true, false])
    t.ok(server.checkIssued(ca) && server.verify(ca.publicKey))
    const strict = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-CAfile',
      join(dir, 'ca.pem'),
    ]
    const checked = spawnSync('openssl', [...strict, join(dir, 'hub.pem')], { encoding: 'utf8' })
    t.equal(checked.status, 0, checked.stderr)
    t.equal(server.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    t.equal(server.checkIP('2001:db8::1'), '2001:db8::1')
    t.ok(server.checkHost('localhost'))
    const days = (Date.parse(server.validTo) - Date.now()) / 86_400_000
    t.ok(days > 396 && days <= 825, `${days} days`)
  },
)

t.test('it overwrites nothing, and names what exists', async (t) => {
  const { dir, words } = first
  const before = text(dir, 'ca.key')
  const again = hub('init', 'localhost', ...words, '--json')
  t.equal(again.status, 78)
  t.match(JSON.parse(again.stdout), { faults: [{ code: 'CONFIG_VALUE', next: 'fix-input' }] })
  for (const name of ['ca.key', 'hub.toml', 'tokens/lon-edge-1.token']) t.match(again.stderr, name)
  t.equal(text(dir, 'ca.key'), before)

  const other = t.testdir({ 'api.token': 'mine' })
  t.equal(hub('init', 'localhost', '--dir', other).status, 78)
  t.same([existsSync(join(other, 'ca.pem')), text(other, 'api.token')], [false, 'mine'])
})

t.test('what it cannot use is refused before anything is written', async (t) => {
  const dir = join(t.testdir(), 'hub')
  const usage = hub('init', '--dir', dir)
  t.equal(usage.status, 64)
  t.match(usage.stderr, /give a name/)
  const listen = { address: '0.0.0.0', port: 7480 }
  const good = { dir, data: dir, names: ['hub'], listen, routers: [], manage: [] }
  for (const [over, expected] of [
    [{ names: ['hub:7480'] }, /without a port/],
    [{ listen: { address: '0.0.0.0', port: 70_000 } }, /port/],
    [{ routers: ['../x'] }, /must be letters/],
    [{ manage: ['a b"'] }, /must be/],
  ] as const) {
    const answer = await initHub({ ...good, ...over })
    t.match(answer, { ok: false, faults: [{ code: 'CONFIG_VALUE', message: expected }] })
  }
  t.notOk(existsSync(dir))
  for (const name of ['a.example', '192.0.2.1', '::1', 'xn--bcher-kva']) t.ok(isServerName(name))
  for (const name of [
    '',
    'a b',
    '-a',
    'a,DNS:b',
    'fe80::1%eth0',
    'a\nb',
    'a..b',
    `${'a'.repeat(64)}.b`,
  ])
    t.notOk(isServerName(name), name)
})

t.test(
  'renew signs a new certificate for the same key, which a reload takes into use',
  async (t) => {
    const { dir } = await firstHub(t)
    const running = await start(t, dir)
    const [old, key] = [text(dir, 'hub.pem'), text(dir, 'hub.key')]
    chmodSync(join(dir, 'hub.pem'), 0o640)
    const renewed = hub('renew', '--dir', dir)
    t.equal(renewed.status, 0, renewed.stderr)
    t.match(renewed.stdout, /localhost, 127\.0\.0\.1, 2001:.*systemctl reload demarc-hub/is)
    t.not(text(dir, 'hub.pem'), old)
    t.equal(text(dir, 'hub.key'), key)
    t.equal(modeOf(join(dir, 'hub.pem')), '640', 'the mode is kept')
    running.child.kill('SIGHUP')
    await running.said('reloaded')
    t.match(await dial(dir, text(dir, 'ca.pem')), { ok: true })
    const named = hub('renew', 'new.example.net', '--dir', dir, '--json')
    t.match(JSON.parse(named.stdout), { names: ['new.example.net'] })
    writeFileSync(join(dir, 'ca.pem'), old)
    t.not(hub('renew', '--dir', dir).status, 0, 'not by a certificate that is no authority')
  },
)
