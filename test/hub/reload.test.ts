import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { t, type Test } from 'tap'
import { certificate } from '../support/process/certificate.js'
import { waitFor } from '../support/process/wait.js'

/** `npm run build` makes it. */
const MAIN = join(process.cwd(), 'dist/demarc-hub.js')
const OLD = 'operator-token-of-yesterday'
const NEW = 'operator-token-of-today-0000'

/** A hub with TLS as a process, whose files a test replaces. */
async function startTlsHub(t: Test) {
  const dir = t.testdir()
  const first = certificate(dir, 'first')
  const second = certificate(dir, 'second')
  const place = (name: string, from: string): void => {
    cpSync(from, join(dir, name))
    chmodSync(join(dir, name), 0o600)
  }
  const token = (text: string): void => {
    writeFileSync(join(dir, 'api.token'), `${text}\n`, { mode: 0o600 })
  }
  place('cert.pem', first.cert)
  place('key.pem', first.key)
  token(OLD)
  const settings = (level: string, port = 0): void =>
    writeFileSync(
      join(dir, 'hub.toml'),
      `[listen]\nport = ${port}\n[data]\ndir = "${dir}/data"\n[api]\ntoken_file = "${dir}/api.token"\n[tls]\ncert_file = "${dir}/cert.pem"\nkey_file = "${dir}/key.pem"\n[log]\nlevel = "${level}"\n`,
    )
  settings('info')
  const child = spawn(process.execPath, [MAIN, '--config', join(dir, 'hub.toml')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const said = async (event: string, count = 1): Promise<string> => {
    const found = () => lines.filter((line) => line.includes(`"event":"${event}"`))
    await waitFor(event, () => found().length, { until: (n) => n >= count, within: 30 })
    return found().at(-1) ?? ''
  }
  const { port } = JSON.parse(await said('listening')) as { port: number }
  return { dir, first, second, place, token, settings, child, lines, said, port }
}

async function status(port: number, token: string): Promise<number> {
  const sent = request({
    port,
    host: '127.0.0.1',
    path: '/v1/routers',
    rejectUnauthorized: false,
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume: () => void }]
  response.resume()
  return response.statusCode
}

async function subjectKey(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

t.test('SIGHUP takes over token, certificate and log level, and ends nothing', async (t) => {
  const hub = await startTlsHub(t)
  const open = connect({ port: hub.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(open, 'secureConnect')
  const before = await subjectKey(hub.port)
  t.equal(await status(hub.port, OLD), 200)
  hub.place('cert.pem', hub.second.cert)
  hub.place('key.pem', hub.second.key)
  hub.token(NEW)
  hub.settings('debug', 7)
  hub.child.kill('SIGHUP')
  await hub.said('reloaded')
  t.match(await hub.said('reload-incomplete'), /"settings":\["\[listen\]"\]/)
  t.not(await subjectKey(hub.port), before, 'a new connection gets the new certificate')
  t.notOk(open.destroyed, 'an open connection stays')
  t.equal(await status(hub.port, OLD), 401)
  t.equal(await status(hub.port, NEW), 200)
  open.destroy()

  mkdirSync(join(hub.dir, 'hub.toml.d'))
  const dropIn = join(hub.dir, 'hub.toml.d/10.toml')
  for (const spoil of [
    () => hub.place('key.pem', hub.first.key),
    () => rmSync(join(hub.dir, 'api.token')),
    () => chmodSync(join(hub.dir, 'key.pem'), 0o644),
    () => writeFileSync(join(hub.dir, 'hub.toml'), '[listen\n'),
    () => writeFileSync(dropIn, '[listen\n'),
  ]) {
    const refused = hub.lines.filter((line) => line.includes('reload-refused')).length
    spoil()
    hub.child.kill('SIGHUP')
    await hub.said('reload-refused', refused + 1)
    t.equal(await status(hub.port, NEW), 200, 'what was in force stays')
    hub.place('key.pem', hub.second.key)
    hub.token(NEW)
    hub.settings('debug')
    rmSync(dropIn, { force: true })
  }
  t.notMatch(hub.lines.join('\n'), NEW)
  const gone = once(hub.child, 'exit')
  hub.child.kill('SIGTERM')
  t.same(await gone, [0, null])
})

t.test('only suites with forward secrecy and authenticated encryption are spoken', async (t) => {
  const hub = await startTlsHub(t)
  const offers: readonly [string, boolean][] = [
    ['ECDHE-ECDSA-AES128-GCM-SHA256', true],
    ['ECDHE-ECDSA-AES128-SHA256', false],
    ['AES128-GCM-SHA256', false],
    ['AES256-SHA', false],
  ]
  for (const [ciphers, isSpoken] of offers) {
    const options = { port: hub.port, host: '127.0.0.1', rejectUnauthorized: false }
    const socket = connect({ ...options, ciphers, maxVersion: 'TLSv1.2' })
    const [outcome] = await Promise.race([
      once(socket, 'secureConnect').then(() => [true]),
      new Promise<[boolean]>((resolve) => socket.on('error', () => resolve([false]))),
    ])
    t.equal(outcome, isSpoken, ciphers)
    socket.destroy()
  }
})

t.test('a key or a data directory that others may write is refused', (t) => {
  const dir = t.testdir({ data: {} })
  const { cert, key } = certificate(dir, 'ours')
  const check = () => {
    const text = `[data]\ndir = "${dir}/data"\n[tls]\ncert_file = "${cert}"\nkey_file = "${key}"\n`
    writeFileSync(join(dir, 'hub.toml'), text)
    const args = [MAIN, '--config', join(dir, 'hub.toml'), '--check']
    return spawnSync(process.execPath, args, { encoding: 'utf8' })
  }
  chmodSync(join(dir, 'data'), 0o700)
  t.match(check(), { status: 0 })
  chmodSync(key, 0o644)
  t.match(check(), { status: 78, stderr: /0644 lets other users.*chmod 600/ })
  chmodSync(key, 0o640)
  t.match(check(), { status: 0 })
  chmodSync(join(dir, 'data'), 0o777)
  t.match(check(), { status: 78, stderr: /0777 lets other users.*chmod 700/ })
  t.notMatch(readFileSync(join(dir, 'hub.toml'), 'utf8'), 'token')
  t.end()
})
