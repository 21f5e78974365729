import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { PORT, startDemarcd, type DemarcdProcess } from '../../support/agent/demarcd-process.js'

/** Release and adoption by the built program, on the kernel of this machine; the guest's is Linux 6.1 (lab `adopt`). */

const ADDRESS = '10.0.0.2/30'

function intent(generation: number, isAttached = true) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer' },
    connections: [{ name: 'dl', ports: [{ name: PORT }] }],
    attachments: isAttached
      ? [{ name: 'net-a', connection: 'dl', vlanId: null, l3: { addresses: [ADDRESS] } }]
      : [],
  }
}

/** The codes of the faults; none: the intent is in force. */
async function push(agent: DemarcdProcess, document: object, adopt = false): Promise<string[]> {
  const peer = await agent.connect()
  const terms = { adopt, dryRun: false, maxImpact: 'traffic-loss' } as const
  const pushed = await peer.call('intent.push', { intent: document, ...terms })
  peer.hangUp(1000, 'done')
  return pushed.ok ? [] : pushed.faults.map(({ code }) => code)
}

async function release(agent: DemarcdProcess): Promise<boolean> {
  const peer = await agent.connect()
  const released = await peer.call('router.release', {}, { timeout: millis(30_000) })
  peer.hangUp(1000, 'done')
  return released.ok
}

const hasAddress = async (agent: DemarcdProcess) => (await agent.addresses()).includes(ADDRESS)

t.test('an address is released, adopted, and then removed as an own one', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'release-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const agent = await startDemarcd({ dir })
  t.teardown(agent.stop)
  t.strictSame(await push(agent, intent(1)), [])
  t.ok(await release(agent))
  t.ok(await hasAddress(agent), 'a release takes nothing from the router')
  t.strictSame(await push(agent, intent(2)), [])
  t.strictSame(await push(agent, intent(3, false)), [])
  t.ok(await hasAddress(agent), 'and what it released is not its own')
  t.strictSame(await push(agent, intent(4), true), [])
  t.ok(await hasAddress(agent))
  t.strictSame(await push(agent, intent(5, false)), [])
  t.notOk(await hasAddress(agent), 'what it adopted is')
})
