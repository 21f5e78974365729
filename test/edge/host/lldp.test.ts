import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { openLldpd, parseNeighbors } from '../../../src/edge/host/facts/lldp.js'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'

t.test('an answer is read as far as it is json0, and its lists and texts are bounded', (t) => {
  const neighbor = (name: string) => ({
    name: 'p1',
    via: 'LLDP',
    chassis: [{ id: [{ type: 'mac', value: '02:00:00:00:00:01' }], name: [{ value: name }] }],
    port: [{ id: [{ type: 'ifname', value: 'xe-0/0/1' }] }],
  })
  const many = Array.from({ length: 40 }, (_, at) => neighbor(`${'x'.repeat(300)}${at}`))
  const found = parseNeighbors(JSON.stringify({ lldp: [{ interface: many }] }))
  t.equal(found.get('p1')?.length, 4)
  t.match(found.get('p1')?.[0], {
    chassisId: '02:00:00:00:00:01',
    systemName: /^x{255}$/,
    portId: 'xe-0/0/1',
    portDescription: null,
  })
  t.equal(parseNeighbors('{"lldp":[{}]}').size, 0)
  for (const text of ['', '{', '[]', '{"lldp":{}}', 'null']) {
    t.throws(() => parseNeighbors(text), { message: /something else/ })
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        return parseNeighbors(text).size >= 0
      } catch (error) {
        return error instanceof Error && error.message.includes('something else')
      }
    }),
  )
  t.end()
})

t.test('without lldpd there is a reason that does not change', async (t) => {
  const lldpd = openLldpd(join(t.testdir(), 'none.sock'))
  t.equal(await lldpd.isThere(), false)
  const reason = await lldpd.neighbors(['p1']).catch((error: Error) => error.message)
  t.match(reason, /unable to connect to socket/)
  t.notMatch(reason, /\d\d:\d\d:\d\d/)
  t.equal((await lldpd.neighbors([])).size, 0, 'nothing is asked')
})

const isRoot = process.getuid?.() === 0

t.test(
  'real lldpd at both ends: far device and port, another port, and death',
  { skip: isRoot ? false : 'lldpd needs root' },
  async (t) => {
    const [near, far] = [`dlldp-a${process.pid}`, `dlldp-b${process.pid}`]
    const daemons: ChildProcess[] = []
    t.teardown(() => {
      for (const daemon of daemons) daemon.kill()
      rmSync(dir, { recursive: true })
      for (const name of [near, far]) run('ip', 'netns', 'del', name)
    })
    for (const name of [near, far]) run('ip', 'netns', 'add', name)
    // The path of a socket has 107 characters at most.
    const dir = mkdtempSync(join(tmpdir(), 'lldp-'))
    // lldpcli has the rights of _lldpd.
    chmodSync(dir, 0o755)
    const socket = (name: string): string => join(dir, `${name}.sock`)
    const start = async (netns: string, device: string, ports: string): Promise<ChildProcess> => {
      const words = ['netns', 'exec', netns, 'lldpd', '-d', '-u', socket(device), '-I', ports]
      const daemon = spawn('ip', words, { stdio: 'ignore' })
      daemons.push(daemon)
      await waitFor('the socket', () => existsSync(socket(device)), {
        until: (is) => is,
        within: 20,
        every: 50,
      })
      const configure = (...what: string[]) =>
        run('lldpcli', '-u', socket(device), 'configure', ...what)
      configure('system', 'hostname', device)
      configure('lldp', 'portidsubtype', 'ifname')
      configure('lldp', 'tx-interval', '1')
      // lldpd pauses until an lldpcli that it starts itself has read /etc/lldpd.d; where that one fails, it stays so.
      run('lldpcli', '-u', socket(device), 'resume')
      return daemon
    }
    /** Both ends of a cable. */
    const patch = (port: string): void => {
      run('ip', '-n', near, 'link', 'add', 'p1', 'type', 'veth', 'peer', 'name', port)
      run('ip', '-n', near, 'link', 'set', port, 'netns', far)
      run('ip', '-n', near, 'link', 'set', 'p1', 'up')
      run('ip', '-n', far, 'link', 'set', port, 'up')
    }
    patch('xe1')
    const hostile = `m9\u001b[31m-mx480`
    const daemon = await start(near, 'router', 'p1')
    await start(far, 'switch', 'xe*')
    run('lldpcli', '-u', socket('switch'), 'configure', 'system', 'hostname', hostile)
    const lldpd = openLldpd(socket('router'))
    t.equal(await lldpd.isThere(), true)
    /** What both daemons did: for the message of a failure. */
    const counters = () =>
      ['router', 'switch'].map((device) =>
        run('lldpcli', '-u', socket(device), '-f', 'keyvalue', 'show', 'statistics'),
      )
    // lldpd keeps the neighbour of before until its time to live ends, 4 s here. `update` lets the far end look
    // for new ports and send at once, so that nothing depends on when it saw its port.
    const shows = async (portId: string) => {
      const ask = async () => {
        run('lldpcli', '-u', socket('switch'), 'update')
        return (await lldpd.neighbors(['p1'])).get('p1') ?? []
      }
      const isIt = (all: Awaited<ReturnType<typeof ask>>) =>
        all.length === 1 && all[0]?.portId === portId && all[0].systemName === hostile
      const terms = { until: isIt, within: 45, every: 500 }
      return waitFor('the far end', ask, terms).catch((error: unknown) => {
        t.comment(counters().join('\n'))
        throw error
      })
    }
    t.match(await shows('xe1'), { length: 1 })
    t.equal((await lldpd.neighbors(['p2'])).size, 0, 'only the ports that are asked for')

    run('ip', '-n', near, 'link', 'del', 'p1')
    patch('xe2')
    t.match(await shows('xe2'), { length: 1 }, 'patched into another port')

    daemon.kill()
    await once(daemon, 'exit')
    const isGone = { until: (is: boolean) => !is, within: 20 }
    await waitFor('the end', () => existsSync(socket('router')), isGone)
    const reason = await lldpd.neighbors(['p1']).catch((error: Error) => error.message)
    t.match(reason, /unable to connect to socket/)
    await start(near, 'router', 'p1')
    t.match(await shows('xe2'), { length: 1 }, 'it runs again')
  },
)
