import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { PORT, startDemarcd, type DemarcdProcess } from '../../support/agent/demarcd-process.js'
import { waitFor } from '../../support/process/wait.js'

/** A connection, with or without an attachment on it. */
function intent(generation: number, isAttached: boolean) {
  const l3 = { addresses: ['10.0.0.2/30'] }
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer' },
    connections: [{ name: 'dl', ports: [{ name: PORT }] }],
    attachments: isAttached ? [{ name: 'net-a', connection: 'dl', vlanId: null, l3 }] : [],
  }
}

async function push(agent: DemarcdProcess, document: object): Promise<boolean> {
  const peer = await agent.connect()
  const terms = { adopt: false, dryRun: false, maxImpact: 'traffic-loss' } as const
  const pushed = await peer.call('intent.push', { intent: document, ...terms })
  peer.hangUp(1000, 'done')
  return pushed.ok
}

/** Each connection and attachment with its state and since when. */
async function lives(agent: DemarcdProcess): Promise<Record<string, string>> {
  const peer = await agent.connect()
  const status = await peer.call('show.status', {})
  peer.hangUp(1000, 'done')
  const { connections, attachments, removed } = status.ok ? status.value.health : {}
  const parts = Object.entries({ ...connections, ...attachments, ...removed })
  return Object.fromEntries(
    parts.map(([name, { lifecycle, lifecycleSince }]) => [name, `${lifecycle} ${lifecycleSince}`]),
  )
}

const becomes = (agent: DemarcdProcess, name: string, state: string) =>
  waitFor(`${name} is ${state}`, () => lives(agent), {
    until: (all) => all[name]?.startsWith(`${state} `) === true,
    within: 30,
    every: 200,
  })

t.test('a real agent on a real kernel: available, over a reboot, and deleted', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'lives-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const agent = await startDemarcd({ dir })
  t.teardown(agent.stop)
  t.ok(await push(agent, intent(1, true)))
  await becomes(agent, 'net-a', 'available')
  await becomes(agent, 'dl', 'available')
  t.ok(await push(agent, intent(2, false)))
  const before = await becomes(agent, 'attachment/net-a', 'deleted')
  t.equal(before['net-a'], undefined)
  t.equal(await agent.stop(), 0)
  const again = await startDemarcd({ dir })
  t.teardown(again.stop)
  const after = await becomes(again, 'dl', 'available')
  t.equal(after['attachment/net-a'], before['attachment/net-a'], 'and knows what was deleted')
  t.ok(await push(again, intent(3, true)))
  const anew = await becomes(again, 'net-a', 'available')
  t.equal(anew['attachment/net-a'], undefined)
})
