import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { certificate } from '../support/process/certificate.js'
import { HUB_PROGRAM, end, startProcess } from './hub-process.js'
import { call, dialHub, event, good, helloOf, intent, ROUTER, type HubPeer } from './bench.js'

t.test('kill -9 at any moment loses nothing that was acknowledged', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  let token = ''
  let acknowledged = 0
  let sent = 0
  let stored = 0
  const rounds = 5
  for (let round = 0; round < rounds; round++) {
    const hub = await startProcess(dir)
    const operator = readFileSync(join(dir, 'operator-token'), 'utf8').trim()
    const api = async (method: string, path: string, body?: unknown) =>
      call(hub.port, operator, method, { path, body })
    if (token === '') {
      token = String((await api('POST', '/v1/routers', { id: ROUTER })).body['token'])
    }
    const peer = good(await dialHub(hub.port, { token }))
    const hello = good(await peer.call('hello', { ...helloOf(ROUTER), lastSequence: sent }))
    t.ok(hello.acknowledged >= acknowledged, `${hello.acknowledged} >= ${acknowledged}`)
    const list = await api('GET', `/v1/routers/${ROUTER}/events?after=0&limit=1000`)
    const codes = (list.body['events'] as { code: string }[]).map(({ code }) => code)
    const expected = Array.from({ length: hello.acknowledged }, (_, i) => `E${i + 1}`)
    t.same(codes, expected.slice(-codes.length), 'each event once, in order, none missing')
    t.ok(codes.length >= Math.min(acknowledged, 1000))
    if (stored > 0) {
      const kept = await api('GET', `/v1/routers/${ROUTER}/intent`)
      t.ok(Number(kept.body['generation']) >= stored, 'the intent that was answered is there')
    }
    sent = hello.acknowledged
    acknowledged = hello.acknowledged
    const gone = once(hub.child, 'exit')
    const puts = (async () => {
      for (let n = stored + 1; ; n++) {
        const put = await api('PUT', `/v1/routers/${ROUTER}/intent`, intent(n)).catch(() => null)
        if (put === null) return
        stored = n
      }
    })()
    // Each life keeps two reports at least, on a slow disk too.
    const killed = (n: number) => {
      acknowledged = n
      if (n === hello.acknowledged + 2) setTimeout(() => hub.child.kill('SIGKILL'), 50 + round * 37)
    }
    await Promise.all([reports(peer, sent, killed), puts])
    await gone
  }
  t.ok(acknowledged > rounds, `${acknowledged} reports and ${stored} intents in ${rounds} lives`)
  t.comment(`${acknowledged} reports and ${stored} intents were acknowledged in ${rounds} lives`)
})

/** Reports one event after the other until the connection breaks. */
async function reports(
  peer: HubPeer,
  from: number,
  onKept: (sequence: number) => void,
): Promise<void> {
  for (let sequence = from + 1; ; sequence++) {
    const answer = await peer.call('report.events', { sequence, events: [event(`E${sequence}`)] })
    if (!answer.ok) return
    onKept(sequence)
  }
}

t.test('SIGTERM ends it cleanly, and its log holds no token', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const hub = await startProcess(dir)
  const operator = readFileSync(join(dir, 'operator-token'), 'utf8').trim()
  const made = await call(hub.port, operator, 'POST', { path: '/v1/routers', body: { id: ROUTER } })
  const token = String(made.body['token'])
  const peer = good(await dialHub(hub.port, { token }))
  good(await peer.call('hello', helloOf(ROUTER)))
  t.equal(await end(hub.child, 'SIGTERM'), 0)
  t.match(await peer.closed, { code: 1001 })
  t.match(hub.output.at(-1), /"event":"stopped"/)
  t.notMatch(hub.output.join('\n'), token)
  t.notMatch(hub.output.join('\n'), operator)
})

t.test('arguments and settings that make no sense are refused with the reason', (t) => {
  const dir = t.testdir({
    'hub.toml': '[listen]\nport = 70000\naddress = "0.0.0.0"\n',
    'dropped.toml': '[listen]\nport = 7480\n',
    'dropped.toml.d': { '10-port.toml': 'listen.port = 70000\n' },
  })
  const file = join(dir, 'hub.toml')
  const dropped = join(dir, 'dropped.toml')
  for (const [args, status, reason] of [
    [[], 64, /give either --config FILE or --data DIR/],
    [['--config', file, '--check'], 78, /hub\.toml:2 listen\.port/],
    [['--config', dropped, '--check'], 78, /dropped\.toml\.d\/10-port\.toml:1 listen\.port/],
    [['--data', dir, '--listen', '0.0.0.0:0'], 78, /on loopback/],
    [['--data', dir, '--listen', 'here'], 78, /must be ADDRESS:PORT.*; is here/],
  ] as const) {
    const done = spawnSync(process.execPath, [HUB_PROGRAM, ...args], { encoding: 'utf8' })
    t.equal(done.status, status, args.join(' '))
    t.match(done.stderr, reason)
  }
  const help = spawnSync(process.execPath, [HUB_PROGRAM, '--help'], { encoding: 'utf8' })
  t.equal(help.status, 0)
  t.match(help.stdout, /--data DIR/)
  t.end()
})

t.test('--check reads the files that the settings name, and makes none', (t) => {
  const dir = t.testdir({
    'api.token': 'xPlantedx-operator-token-0123456789\n',
    'bad.pem': 'none\n',
  })
  const ours = certificate(dir, 'ours')
  const other = certificate(dir, 'other')
  chmodSync(join(dir, 'api.token'), 0o600)
  const check = (token: string, cert: string, key: string) => {
    const text = [
      `[api]\ntoken_file = "${join(dir, token)}"\n`,
      `[tls]\ncert_file = "${cert}"\nkey_file = "${key}"\n`,
      `[data]\ndir = "${join(dir, 'data')}"\n`,
      `[[routers]]\nid = "par-edge-1"\ntoken_file = "${join(dir, token)}"\n`,
    ]
    writeFileSync(join(dir, 'hub.toml'), text.join(''))
    const args = [HUB_PROGRAM, '--config', join(dir, 'hub.toml'), '--check']
    return spawnSync(process.execPath, args, { encoding: 'utf8' })
  }
  t.match(check('api.token', ours.cert, ours.key), { status: 0, stdout: /the settings are good/ })
  const lost = check('no.token', join(dir, 'no.pem'), ours.key)
  t.not(lost.status, 0)
  t.notMatch(lost.stdout, 'good')
  const [operator = '', router = '', cert = ''] = lost.stderr.split('\n')
  t.match([operator, router], [/no\.token/, /no\.token/], 'each file that is missing')
  t.match(cert, /CONFIG_UNREADABLE .*no\.pem/)
  t.match(check('api.token', ours.cert, other.key), {
    status: 78,
    stderr: /CONFIG_VALUE .*ours\.crt/,
  })
  t.match(check('api.token', join(dir, 'bad.pem'), ours.key), { status: 78, stderr: /bad\.pem/ })
  t.notOk(existsSync(join(dir, 'data')), 'no data directory is made')
  t.end()
})

t.test('--backup copies the directory of a hub that does not run, and of no other', async (t) => {
  const dir = join(t.testdir({ data: {} }), 'data')
  chmodSync(dir, 0o700)
  const hub = await startProcess(dir)
  const backup = () =>
    spawnSync(process.execPath, [HUB_PROGRAM, '--data', dir, '--backup', `${dir}.copy`], {
      encoding: 'utf8',
    })
  t.match(backup(), { status: 1, stderr: /in use by another demarc-hub/ })
  await end(hub.child, 'SIGTERM')
  t.match(backup(), { status: 0, stdout: /copied \d+ entries/ })
  t.ok(existsSync(join(`${dir}.copy`, 'store', 'CURRENT')))
  t.match(backup(), { status: 1, stderr: /EEXIST/ }, 'an older copy is never overwritten')
})
