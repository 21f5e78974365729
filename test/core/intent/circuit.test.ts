import { test } from 'tap'
import { exportIntent } from '../../../src/core/intent/export/export.js'
import { toWant } from '../../../src/core/intent/want.js'
import { INTENT_LIMITS } from '../../../src/core/wire/limits.js'
import { everySecret } from '../../../src/core/intent/secret-names.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { NO_EXPORTED_BGP } from '../../support/intent/hand-configured.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'
import { BASE, type Change, changed } from '../../support/intent/intent-changes.js'

const CIRCUIT = {
  ids: [{ name: 'dxcon', value: 'dxcon-1' }],
  loa: { cabinet: 'rack 14', panel: 'PP-07', port: '23', connector: 'LC/PC' },
  bandwidth: 1000,
  redundancyGroup: 'par',
  notes: 'ordered on 1 March',
}

const read = (...changes: readonly Change[]): Intent => {
  const intent = parseIntent(changed(BASE, ...changes))
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  return intent.value
}
const wanted = (intent: Intent) =>
  toWant(intent, { managedPorts: ['*'], secrets: everySecret(intent) })

test('a circuit configures nothing', async (t) => {
  const facts = read(['connections[0].circuit', CIRCUIT], ['attachments[0].circuit', CIRCUIT])
  t.strictSame(facts.connections[0]?.circuit, CIRCUIT, 'it is kept as it is written')
  t.strictSame(wanted(facts), wanted(read()))
})

test('all circuits together are bounded, because the health carries them', async (t) => {
  const attachments = Array.from({ length: 2000 }, (_, i) => ({
    name: `net-${i}`,
    connection: 'dl-par',
    vlanId: i + 1,
    circuit: { notes: 'x'.repeat(256) },
    l3: { addresses: [`10.${100 + (i >> 6)}.${(i & 63) * 4}.2/30`] },
  }))
  t.match(wanted(read(['attachments', attachments])), {
    ok: false,
    faults: [{ code: 'INTENT_VALUE', at: 'attachments', message: /circuits .* characters/ }],
  })
  t.ok(wanted(read(['attachments', attachments.slice(0, INTENT_LIMITS.circuits / 300)])).ok)
})

test('an export keeps the circuits of the running intent', async (t) => {
  const running = read(
    ['connections[0]', { name: 'dl-par', ports: [{ name: 'p1' }], circuit: CIRCUIT }],
    ['attachments', []],
  )
  const exported = exportIntent({
    links: [fakePort('p1', { up: true })],
    bgp: NO_EXPORTED_BGP,
    routes: [],
    managedPorts: ['p*'],
    routerId: 'par-edge-1',
    generation: 43,
    running,
  })
  t.match(exported, { value: { intent: { connections: [{ name: 'dl-par', circuit: CIRCUIT }] } } })
})
