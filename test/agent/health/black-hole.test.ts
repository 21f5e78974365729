import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { PORT, startDemarcd } from '../../support/agent/demarcd-process.js'
import { waitFor } from '../../support/process/wait.js'

const skip =
  process.getuid?.() === 0 && existsSync('/usr/bin/fping') ? false : 'needs root and fping'

const INTENT = {
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: 'r1', role: 'customer' },
  connections: [{ name: 'dl-par', ports: [{ name: PORT }] }],
  attachments: [
    {
      name: 'net-a',
      connection: 'dl-par',
      vlanId: null,
      l3: { addresses: ['198.18.5.1/24'] },
      probe: { hosts: ['198.18.5.2'] },
    },
  ],
}

/** A far side in a namespace of its own, which drops echo requests once there is a file. */
function farSide(file: string): readonly string[] {
  const far = 'nsenter -t $far -n'
  return [
    'unshare --net sleep 600 & far=$!',
    'until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done',
    'ip link set other netns $far',
    `${far} ip address add 198.18.5.2/24 dev other && ${far} ip link set other up`,
    `(until [ -e ${file} ]; do sleep 0.1; done`,
    `${far} nft 'table inet t { chain c { type filter hook input priority 0; meta l4proto icmp drop; }; }') &`,
  ]
}

test('demarcd finds a black hole with fping, and shows what it measures', { skip }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-hole-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'drop')
  const agent = await startDemarcd({ dir, before: farSide(file) })
  t.teardown(agent.stop)
  const client = await agent.connect()
  const pushed = await client.call('intent.push', { intent: INTENT })
  t.ok(pushed.ok, JSON.stringify(pushed))
  const attachment = async () => {
    const status = await client.call('show.status', {})
    return status.ok ? status.value.health?.attachments?.['net-a'] : undefined
  }
  const target = async () => (await attachment())?.probe?.targets?.['198.18.5.2']
  const measured = await waitFor('an answer', target, {
    until: (now) => now?.state === 'ANSWERS' && now.fullSize?.state === 'ANSWERS',
    within: 60,
  })
  t.match(measured, { kind: 'HOST', loss60s: Number, roundTripTime: { avg: Number } })
  writeFileSync(file, '')
  const began = performance.now()
  const codes = async () => Object.keys((await attachment())?.findings ?? {})
  await waitFor('the finding', codes, {
    until: (now) => now.includes('TRAFFIC_BLACK_HOLE'),
    within: 60,
    every: 50,
  })
  t.comment(`found after ${Math.round(performance.now() - began)} ms`)
  t.match(await target(), { state: 'SILENT', lastAnswered: String })
  const rates = (await attachment())?.rates
  t.ok(rates !== undefined, 'rates are there')
})
