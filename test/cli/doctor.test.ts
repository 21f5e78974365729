import t from 'tap'
import { DoctorResult } from '../../src/core/wire/doctor.js'
import { localAgent, QUIET_INSTRUMENTS } from '../support/agent/local-agent.js'
import { darkPort, healthyNeighbor, healthyRouter } from '../support/agent/router-state.js'
import { demarc } from '../support/process/demarc.js'

/** `demarc doctor` as an operator starts it, against an agent's own doctor and instruments that say what a test wants. */

async function operator(
  t: Parameters<typeof localAgent>[0],
  over: Partial<typeof QUIET_INSTRUMENTS> = {},
) {
  const at = await localAgent(t, { instruments: { ...QUIET_INSTRUMENTS, ...over } })
  return { ...at, run: (...words: string[]) => demarc('--socket', at.socket, ...words) }
}

t.test('an attachment that works: every rung in its order, and exit status 0', async (t) => {
  const { run } = await operator(t)
  const { status, out } = await run('doctor', 'net-a', '--ping', '10.64.0.1')
  t.equal(status, 0)
  const rungs = [...out.matchAll(/^ {2}(\S+) +(\S+) +(\S+ \S+)/gm)].map(([, state, rung]) => {
    return `${state ?? ''} ${rung ?? ''}`
  })
  t.strictSame(rungs.slice(0, 4), ['ok module', 'ok light-in', 'ok light-out', 'ok link'])
  t.strictSame(rungs.slice(-4), ['ok traffic', 'ok traffic', 'ok full-size', 'ok full-size'])
  t.match(out, /^net-a:\n[\s\S]*\nnet-a works \(.*\)\.\n$/)
})

t.test('the document for programs has every rung, and the cause', async (t) => {
  const { run, look } = await operator(t)
  look(healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] }))
  const { status, out } = await run('--json', 'doctor')
  t.equal(status, 2)
  const { attachments } = JSON.parse(out) as { attachments: unknown[] }
  const [first] = attachments.map((each) => DoctorResult.parse(each))
  t.match(first, {
    attachment: 'net-a',
    result: 'fails',
    cause: { rung: 'light-in', side: 'FIBRE' },
  })
  t.ok(first?.rungs.some(({ state }) => state === 'skipped'))
})

t.test('nothing is measured above a rung that fails', async (t) => {
  const asked: string[] = []
  const { run, look } = await operator(t, {
    askNeighbors: async () => [],
    echo: async ({ address }) => (asked.push(address), null),
    dial: async (address) => (asked.push(address), 'open'),
  })
  look(healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] }))
  const { status, out } = await run('doctor', 'net-a')
  t.equal(status, 2)
  t.match(out, /\nnet-a fails at VLAN of attachment net-a, and the fault is on the far side: /)
  t.strictSame(asked, [])
})

t.test('no second connection disturbs a session that is up', async (t) => {
  let dials = 0
  const { run, look } = await operator(t, { dial: async () => (dials++, 'refused') })
  t.equal((await run('doctor')).status, 0)
  t.equal(dials, 0)
  look(healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active', reset: null })] }))
  t.match((await run('doctor')).out, /fails at TCP 179 of neighbor 10\.0\.0\.1, .*far side/)
  t.equal(dials, 1)
})

t.test("a ticket has what the provider's support asks for, and no secret", async (t) => {
  const { run, look } = await operator(t)
  const circuit = {
    ids: [{ name: 'dxcon', value: 'dxcon-1234' }],
    loa: { cabinet: 'B12', panel: '3' },
  } as never
  const state = healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] })
  const connections = state.connections.map((each) => ({ ...each, circuit }))
  const neighbors = [healthyNeighbor({ sessionState: 'Active', lastError: 'a\u001b[2Jb' })]
  look({ ...state, connections, neighbors })
  const { status, out } = await run('doctor', 'net-a', '--ticket')
  t.equal(status, 2)
  t.match(out, /^To: 3DS OUTSCALE, DirectLink\n/)
  t.match(out, /connection dl-par: dxcon dxcon-1234\n.*position on the LOA: cabinet B12, panel 3/)
  t.match(out, /p1: sends -?\d+\.\d\d dBm, receives no light, read at 2025-01-31T/)
  t.match(
    out,
    /errors in 0, out 0\n[\s\S]*10\.0\.0\.1, AS 50624, this side AS 65010, without a password/,
  )
  t.match(out, /light in of port p1: failed; p1 receives no light/)
  t.match(out, /Asked for by the support:\n- the id of the connection \(dxcon-…\)/)
  t.notOk(out.includes('\u001b'), 'what a peer wrote is escaped')
})

t.test('what is asked wrongly is refused with what there is', async (t) => {
  const { run } = await operator(t)
  t.match(await run('doctor', 'net-z'), { status: 65, err: /no attachment net-z; it has net-a/ })
  t.match(await run('doctor', '--ping', 'cloud'), { status: 64, err: /Write an IP address/ })
})
