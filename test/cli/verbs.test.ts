import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fault, type Fault } from '../../src/core/base/fault.js'
import { intent, push } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'
import { darkPort, healthyRouter } from '../support/agent/router-state.js'
import { demarc, PROGRAM, type Ended } from '../support/process/demarc.js'
import { waitFor } from '../support/process/wait.js'

/** `demarc` as an operator starts it, against an agent's own methods behind a real socket. */

async function operator(t: Test, over: Parameters<typeof localAgent>[1] = {}) {
  const at = await localAgent(t, over)
  const file = (name: string, content: unknown): string => {
    const path = join(at.dir, name)
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const run = (...words: readonly string[]) => demarc('--socket', at.socket, ...words)
  return {
    ...at,
    file,
    run,
    json: async (...words: string[]) => parsed(await run('--json', ...words)),
  }
}

function parsed({ status, out }: Ended): { status: number; body: unknown } {
  return { status, body: JSON.parse(out) as unknown }
}

t.test(
  'a plan is shown and nothing is done, then it is applied and nothing is left to do',
  async (t) => {
    const at = await operator(t)
    const file = at.file('intent.json', intent(1))
    t.match(await at.run('plan', file), {
      status: 2,
      out: /^Impact: none .*\n[\s\S]*attachment net-a[\s\S]*Steps:\n +1\. /,
    })
    t.match(await at.run('apply', file, '--dry-run'), { status: 0, out: /^Impact: none / })
    t.equal(at.kernel.links().length, 3, 'nothing was done')
    t.match(await at.run('apply', file, '--name', 'first', '--timeout', '1m'), {
      status: 0,
      out: /first {2}generation 1 {2}planned: \d+ steps[\s\S]*provisional, confirms itself once every session that was up is up again, is rolled back at \S+ otherwise\n[\s\S]*first {2}generation 1 {2}confirmed/,
    })
    t.match(await at.run('plan', file), { status: 0, out: /^Nothing to do/ })
    t.match(await at.run('apply', file), { status: 0, out: /^Generation 1 already runs\./ })
    t.match(await at.json('plan', file), { status: 0, body: { stepCount: 0, impact: 'none' } })
    t.match(await at.run('history'), {
      status: 0,
      out: /first +1 +confirmed\n +planned, applying.*, confirmed/,
    })
    t.match(await at.json('history'), {
      body: [{ change: 'first', phase: 'confirmed', phases: [{ phase: 'planned' }, {}, {}, {}] }],
    })
    t.match(await at.json('show', 'intent'), { status: 0, body: { generation: 1 } })
  },
)

t.test('an intent is read from standard input', async (t) => {
  const at = await operator(t)
  const words = [PROGRAM, '--socket', at.socket, 'apply', '-']
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(JSON.stringify(intent(1)))
  t.same(await once(child, 'close'), [0, null])
  t.equal(at.engine.running()?.ref.generation, 1)
})

t.test(
  'a change waits for its confirmation; confirm keeps it and cancel rolls it back',
  async (t) => {
    const at = await operator(t)
    const file = (generation: number) =>
      at.file(`${generation}.json`, intent(generation, 100 * generation))
    t.match(await at.run('apply', file(1), '--confirm', '1m', '--name', 'one'), {
      status: 0,
      out: /provisional, is rolled back at \S+ unless "demarc confirm" comes before\nRun "demarc confirm" to keep it or "demarc cancel" to roll it back/,
    })
    t.match(await at.run('status'), { status: 0, out: /Change .*unless "demarc confirm" comes/ })
    t.match(await at.run('apply', file(2)), { status: 75, err: /CHANGE_BUSY/ })
    t.match(await at.run('confirm', 'other'), { status: 65, err: /CHANGE_UNKNOWN.*one does/ })
    t.match(await at.run('confirm'), { status: 0, out: 'Change one is confirmed.\n' })
    t.match(await at.run('confirm'), {
      status: 65,
      err: /CHANGE_UNKNOWN.*no change waits to be confirmed; the last one, one, is confirmed/,
    })
    await at.run('apply', file(2), '--confirm', '1m', '--name', 'two')
    t.match(await at.json('cancel', 'two'), {
      status: 0,
      body: { change: 'two', phase: 'rolled-back' },
    })
    t.equal(at.engine.running()?.ref.generation, 1)
    t.match(await at.run('apply', file(2)), { status: 65, err: /INTENT_STALE/ })
    await at.run('apply', file(3))
    t.match(await at.run('rollback', '--dry-run'), {
      status: 0,
      out: /^Generation 1 again, as generation 4\./,
    })
    await at.run('apply', file(5), '--confirm', '1m', '--name', 'five')
    t.match(await at.run('cancel'), { status: 0, out: 'Change five is rolled-back.\n' })
    t.match(await at.run('rollback', '1'), { status: 0, out: /generation 6 {2}confirmed/ })
    t.match(await at.run('rollback', '99'), { status: 65, err: /INTENT_UNKNOWN/ })
  },
)

t.test('the terms of a change reach the agent', async (t) => {
  const at = await operator(t)
  const secrets = at.file('secrets.json', { key: 'geheim' })
  t.match(await at.run('apply', at.file('1.json', intent(1)), '--secrets', secrets), {
    status: 65,
    err: /SECRET_MISSING.*chmod 600/,
  })
  chmodSync(secrets, 0o600)
  t.match(await at.run('apply', at.file('1.json', intent(1)), '--secrets', secrets), { status: 0 })
  t.match(at.pushed.at(-1)?.secrets, { key: 'geheim' })
  const moved = at.file('2.json', intent(2, 200))
  t.match(await at.run('apply', moved, '--max-impact', 'soft'), {
    status: 65,
    err: /IMPACT_TOO_HIGH/,
  })
  t.match(await at.run('apply', moved, '--probe', 'ping:10.0.0.1@nowhere'), {
    status: 65,
    err: /nowhere/,
  })
  t.match(await at.run('apply', moved, '--require', 'prefix:10.0.0.0/8@10.9.9.9'), {
    status: 65,
    err: /10\.9\.9\.9/,
  })
  t.match(await at.run('apply', moved, '--max-impact', 'everything'), { status: 64 })
})

t.test('a refusal of FRR, a stuck rollback, and its repair', async (t) => {
  let down: Fault | null = fault('FRR_REFUSED', 'bgpd', 'no')
  const at = await operator(t, { frrFault: () => down })
  t.match(await at.run('apply', at.file('1.json', intent(1))), {
    status: 1,
    out: /rolled-back[\s\S]*FRR_REFUSED/,
  })
  t.match(await at.run('history'), { out: /rolled-back\n +planned, applying.*\n +bgpd: no\n/ })
  down = null
  t.match(await at.run('repair'), { status: 0, out: /^No change is stuck/ })
  await at.run('apply', at.file('2.json', intent(2)))
  await at.run('apply', at.file('3.json', { ...intent(3), attachments: [] }), '--confirm', '1m')
  down = fault('FRR_UNAVAILABLE', 'bgpd')
  t.match(await at.run('cancel', 'made-up'), {
    status: 1,
    err: /CHANGE_STUCK.*\n.*FRR_UNAVAILABLE/,
  })
  t.match(await at.json('status'), { status: 2, body: { state: 'stuck' } })
  t.match(await at.run('repair'), { status: 1, out: 'Change made-up is stuck.\n' })
  t.match(await at.run('repair', '--accept'), {
    status: 0,
    out: 'Change made-up is rolled-back.\n',
  })
})

t.test('a router is released, exported and taken over', async (t) => {
  const at = await operator(t)
  await at.run('apply', at.file('1.json', intent(1)))
  t.match(await at.run('release'), { status: 0, out: /^Released: everything stays in place/ })
  t.match(await at.json('status'), { body: { state: 'no-intent', running: null } })
  const exported = await at.run('export')
  t.match(JSON.parse(exported.out), {
    schema: 'demarc/intent/v1',
    attachments: [{ l3: { addresses: ['10.0.0.2/30'] } }],
  })
  const again = at.file('2.json', intent(2))
  t.match(await at.run('adopt', again, '--dry-run'), { status: 0, out: /is adopted/ })
  t.match(await at.run('adopt', again), { status: 0, out: /confirmed/ })
  t.match(await at.run('plan', again), { status: 0 })
})

t.test('health is shown in tables and as JSON, and decides the exit', async (t) => {
  const at = await operator(t)
  await at.run('apply', at.file('1.json', intent(1)))
  t.match(await at.run('status'), {
    status: 0,
    out: /^Router {3}r1[\s\S]*State {4}in-sync, generation 1/,
  })
  const shown: readonly (readonly [string, RegExp])[] = [
    ['ports', /p1 .*10G/],
    ['optics', /p1[\s\S]*10GBASE-LR[\s\S]*mW .* dBm/],
    ['lacp', /dl-par: 2 of 2 in aggregate[\s\S]*p1 .*actor[\s\S]*partner/],
    ['connections', /dl-par .*2 of 2 in aggregate/],
    ['attachments', /net-a .*dl-par\.100/],
    ['neighbors', /net-a .*established/],
    ['bgp', /net-a .*established/],
  ]
  for (const [thing, row] of shown) {
    t.match(await at.run('show', thing), { status: 0, out: row }, thing)
    t.match(await at.json('show', thing), { status: 0, body: Object }, thing)
  }
  at.look(healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] }))
  t.match(await at.run('status'), { status: 2, out: /p1/ })
  t.match(await at.run('show', 'events', '--limit', '1'), { status: 0, out: /SEVERITY/ })
  t.match(await at.json('show', 'events', '--limit', '1'), { body: { length: 1 } })
})

t.test('a fault alone decides the exit of status, and a hub that is away does not', async (t) => {
  let unsaved: Fault | null = fault('FRR_REFUSED', 'watchfrr', 'the configuration is not saved')
  const at = await operator(t, { unsaved: () => unsaved })
  await at.run('apply', at.file('1.json', intent(1)))
  await at.engine.reconcile()
  const faulty = { state: 'in-sync', hub: { connected: false }, faults: [{ code: 'FRR_REFUSED' }] }
  t.match(await at.json('status'), { status: 2, body: faulty })
  unsaved = null
  await at.engine.reconcile()
  t.match(await at.json('status'), { status: 0, body: { hub: { connected: false }, faults: [] } })
})

t.test('an operator says of an attachment what the router cannot see', async (t) => {
  const at = await operator(t)
  const push = { intent: intent(1), dryRun: false, adopt: false, probes: [] }
  await at.methods['intent.push']?.({ ...push, maxImpact: 'traffic-loss' } as never)
  const said = await at.run('lifecycle', 'attachment/net-a', 'offered', '--reason', 'ticket 12')
  t.match(said, { status: 0, out: /^The attachment net-a is confirming: .*: ticket 12\n$/ })
  t.match(await at.run('lifecycle', 'connection/dl', 'offered'), {
    status: 65,
    err: /LIFECYCLE_STATE {2}connection\/dl: "offered" is not said of a connection/,
  })
  t.match(await at.run('lifecycle', 'net-a', 'accepted'), {
    status: 65,
    err: /SUBJECT_UNKNOWN .*connection\/NAME or attachment\/NAME/,
  })
})

t.test('what happens is watched as it does', async (t) => {
  const OK = /health +router is ok/
  const at = await operator(t)
  const child = spawn(process.execPath, [PROGRAM, '--socket', at.socket, 'watch'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await waitFor(
    'it watches',
    () => {
      at.look()
      return printed
    },
    { until: (text) => OK.test(text), within: 20, every: 200 },
  )
  await at.engine.push(push(intent(1)))
  at.look(healthyRouter({ ports: [darkPort('p1'), darkPort('p2')] }))
  await waitFor('all is printed', () => printed, {
    until: (text) =>
      /c1 .*confirmed/.test(text) && /health +router is (warning|critical)/.test(text),
    within: 20,
  })
  t.match(printed, /critical {2}port p1/)
  t.equal(printed.split(OK).length, 2, 'a severity is printed once')
})

t.test('an intent and the settings are checked without an agent', async (t) => {
  const at = await operator(t)
  const good = at.file('1.json', intent(1))
  t.match(await demarc('validate', good, '--managed', 'p*'), {
    status: 0,
    out: /is valid: generation 1/,
  })
  t.match(await demarc('validate', good, '--managed', 'q*'), { status: 65, err: /PORT_UNMANAGED/ })
  t.match(await demarc('validate', at.file('bad.json', '{')), { status: 65, err: /INTENT_SYNTAX/ })
  t.match(await demarc('validate', '/nowhere.json'), {
    status: 66,
    err: 'FILE_UNREADABLE  /nowhere.json: no such file\n',
  })
  t.match(await demarc('validate', at.dir), { status: 66, err: /is a directory/ })
  t.match(await demarc('--json', 'validate', at.file('twice.json', '{\n "a":1, "a":2}')), {
    status: 65,
    err: /^INTENT_SYNTAX {2}\/.*\/twice\.json:2:9: has the key "a" a second time\n$/,
    out: /"next": "fix-input"/,
  })
  t.match(await demarc('--config', 'config/demarc.toml', 'check-config'), {
    status: 0,
    out: /is valid/,
  })
  t.match(await demarc('--config', at.file('bad.toml', '[agent'), 'check-config'), { status: 78 })
  t.match(await demarc('--config', '/nowhere.toml', 'check-config'), {
    status: 78,
    err: /CONFIG_UNREADABLE/,
  })
  const settings = at.file('main.toml', '[agent]\nid = "r1"\n')
  mkdirSync(`${settings}.d`)
  at.file('main.toml.d/50.toml', 'agent.id = "r2"\nports.manage = ["eth0 "]\n')
  t.match(await demarc('--config', settings, 'check-config'), {
    status: 78,
    err: /main\.toml\.d\/50\.toml:2 ports\.manage\[0\]/,
  })
  at.file('main.toml.d/60.toml', 'ports.manage = ["eth1"]\n')
  t.match(await demarc('--config', settings, 'check-config'), { out: /router r2.*ports eth1$/m })
})

t.test('an agent that cannot be reached, and wrong command lines', async (t) => {
  const at = await operator(t)
  t.match(await demarc('--socket', join(at.dir, 'nobody'), 'status'), {
    status: 69,
    err: /AGENT_UNREACHABLE/,
  })
  t.match(await demarc('--json', '--socket', join(at.dir, 'nobody'), 'status'), {
    out: /"AGENT_UNREACHABLE"/,
  })
  for (const words of [
    ['fly'],
    ['show', 'everything'],
    ['apply'],
    ['apply', 'x', '--confirm', 'soon'],
    ['install', 'foo'],
    ['install', 'a@b', '--host-key', 'MD5:00'],
  ]) {
    t.match(await at.run(...words), { status: 64, err: /^error: / }, words.join(' '))
  }
  t.match(await demarc('--version'), { status: 0, out: /^\d+\.\d+\.\d+\n$/ })
})

t.test('a user who may not open the socket gets a fault that names the remedy', async (t) => {
  const at = await operator(t)
  // Root may open everything, so somebody else tries.
  const other = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
  const root = process.getuid?.() === 0
  chmodSync(at.dir, 0o755)
  if (!root) chmodSync(at.socket, 0)
  const words = [process.execPath, PROGRAM, '--socket', at.socket, 'status']
  const [program = '', ...rest] = root ? [...other, ...words] : words
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  t.same(await once(child, 'close'), [77, null])
  t.match(err, /UNAUTHORIZED .*sudo/)
})
