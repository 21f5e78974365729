import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { userOf } from '../../../src/agent/callers.js'
import { guardedMethods } from '../../../src/agent/access/guarded-methods.js'
import { ok } from '../../../src/core/base/result.js'
import type { AuditRecord } from '../../../src/core/wire/audit.js'
import { userName } from '../../../src/edge/host/facts/users.js'
import { socketInode } from '../../../src/edge/host/socket-inode.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { localAgent } from '../../support/agent/local-agent.js'
import { waitFor } from '../../support/process/wait.js'

/*
 * A client without packages, because another user may not read this project: it sends the handshake and one
 * request, and ends with the answer; `gone`: it goes away without waiting for anything.
 */
const CLIENT = `
const [, path, method, mode] = process.argv
const { connect } = require('node:net')
const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} }))
const frame = Buffer.concat([Buffer.from([0x81, 0x80 + text.length, 0, 0, 0, 0]), text])
const socket = connect(path)
const key = Buffer.alloc(16).toString('base64')
socket.write(['GET /agent HTTP/1.1', 'host: x', 'upgrade: websocket', 'connection: upgrade',
  'sec-websocket-version: 13', 'sec-websocket-key: ' + key, 'sec-websocket-protocol: demarc.v1',
  '', ''].join('\\r\\n'))
socket.write(frame)
if (mode === 'gone') socket.once('ready', () => setTimeout(() => process.exit(0), 0))
let seen = ''
socket.on('data', (chunk) => {
  seen += chunk
  if (seen.includes('"jsonrpc"')) process.exit(0)
})
`

/** Calls as another user where this one is root; otherwise as this one. The value is the user's id. */
async function call(path: string, method: string, uid: number | null, mode = ''): Promise<void> {
  const node = [process.execPath, '-e', CLIENT, path, method, mode]
  const as = uid === null ? [] : ['setpriv', `--reuid=${uid}`, '--clear-groups']
  const [program = '', ...words] = [...as, ...node]
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the client ended with ${String(code)}`)
}

async function agent(t: Test) {
  const kernel = await openKernel()
  t.teardown(kernel.close)
  const at = await localAgent(t, {}, { localUser: kernel.localUser, userName })
  chmodSync(at.dir, 0o755)
  chmodSync(at.socket, 0o666)
  const records = async (): Promise<readonly AuditRecord[]> => {
    const found = await at.audit.newest(100)
    return found.ok ? found.value.records : []
  }
  return { ...at, records }
}

const own = process.getuid?.() ?? 0
const other = own === 0 ? 65534 : null

t.test('the audit names the user of each local call', async (t) => {
  const at = await agent(t)
  await call(at.socket, 'router.export', other)
  await call(at.socket, 'router.export', null)
  const uid = other ?? own
  t.match(await at.records(), [
    { action: 'router.export', actor: { kind: 'user', uid, name: await userName(uid) } },
    { action: 'router.export', actor: { kind: 'user', uid: own, name: await userName(own) } },
  ])
  t.equal(await userName(0), 'root')
  t.equal(await userName(4_000_000_000), '', 'a user that is in no file has no name')
})

t.test('two users at once are not mixed up', { skip: other === null }, async (t) => {
  const at = await agent(t)
  const uids = [65534, 12345, 65533, 0]
  await Promise.all(uids.map((uid) => call(at.socket, 'router.export', uid)))
  t.strictSame(
    (await at.records()).map(({ actor }) => String(actor.uid)).sort(),
    uids.map(String).sort(),
    'an id without a name as well',
  )
})

t.test('the kernel says that the other side is gone', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'peer-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 's')
  const inodes: (number | null)[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    inodes.push(socketInode(socket))
    t.teardown(() => socket.destroy())
  }).listen(path)
  t.teardown(() => server.close())
  const client = createConnection(path)
  await waitFor('a connection', () => inodes[0], {
    until: (inode) => inode !== undefined,
    within: 5,
  })
  const kernel = await openKernel()
  t.teardown(kernel.close)
  const inode = inodes[0] ?? 0
  t.equal(await kernel.localUser(inode), own)
  client.destroy()
  await waitFor('gone', () => kernel.localUser(inode), { until: (is) => is === 'gone', within: 5 })
  t.equal(await kernel.localUser(1), 'unknown', 'nor is there a socket of any number')
})

t.test(
  'a caller that is gone before it is known changes nothing; a kernel that does not say is no hurdle',
  async (t) => {
    const written: AuditRecord[] = []
    const record = async (entry: AuditRecord) => void written.push(entry)
    const to = { record, router: 'r1', wall: () => new Date(0) }
    let repaired = 0
    const methods = (localUser: () => Promise<'gone' | 'unknown' | number>) =>
      guardedMethods(
        {
          'change.repair': () => {
            repaired += 1
            return ok({ change: null, phase: null })
          },
        },
        userOf('/run/sock', 7, { localUser, userName }),
        to,
      )
    const asked = { accept: false }
    t.match(await methods(async () => 'gone')['change.repair']?.(asked), {
      ok: false,
      faults: [{ code: 'UNAUTHORIZED', message: /closed its connection/ }],
    })
    t.equal(repaired, 0)
    await methods(async () => 'unknown')['change.repair']?.(asked)
    await methods(async () => Promise.reject(new Error('no netlink')))['change.repair']?.(asked)
    t.equal(repaired, 2)
    const who = { kind: 'user', name: '' }
    t.match(written, [{ outcome: 'refused', actor: who }, { actor: who }, { actor: who }])
  },
)
