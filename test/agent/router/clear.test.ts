import t from 'tap'
import { clearNeighbor } from '../../../src/agent/router/clear.js'
import { fault } from '../../../src/core/base/fault.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { intent } from '../../support/agent/engine.js'

function running() {
  const document = intent(1)
  const bgp = [
    { neighborAddress: '10.0.0.1', peerAs: 65020 },
    { neighborAddress: '2001:DB8::1', peerAs: 65020, ipv6Unicast: {} },
  ]
  const attachments = document.attachments.map((attachment) => ({ ...attachment, bgp }))
  const read = parseIntent({ ...document, attachments })
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  return read.value
}

t.test('a neighbour of the intent is cleared, however its address is written', async (t) => {
  const cleared: string[] = []
  const clear = async ({ address }: { readonly address: string }) => {
    cleared.push(address)
    return null
  }
  for (const address of ['10.0.0.1', '2001:db8:0:0::1']) {
    const done = await clearNeighbor(running(), { address, vrf: null }, clear)
    t.match(done, { ok: true, value: { attachment: 'net-a', vrf: null } })
  }
  t.strictSame(cleared, ['10.0.0.1', '2001:db8::1'])
})

t.test('any other neighbour, and any other text, never reaches FRR', async (t) => {
  const never = () => Promise.reject(new Error('it was asked'))
  const others = [
    { address: '10.0.0.9', vrf: null },
    { address: '10.0.0.1', vrf: 'blue' },
    { address: '*', vrf: null },
    { address: '10.0.0.1 soft', vrf: null },
  ]
  for (const wanted of others) {
    const refused = await clearNeighbor(running(), wanted, never)
    t.match(refused, { ok: false, faults: [{ code: 'NOT_OWNED', message: /10\.0\.0\.1/ }] })
  }
  t.match(await clearNeighbor(null, { address: '10.0.0.1', vrf: null }, never), { ok: false })
})

t.test('what FRR refuses is the answer', async (t) => {
  const refusal = fault('FRR_REFUSED', 'bgpd', '`clear bgp 10.0.0.1`: no')
  const clear = () => Promise.resolve(refusal)
  const answer = await clearNeighbor(running(), { address: '10.0.0.1', vrf: null }, clear)
  t.strictSame(answer, { ok: false, faults: [refusal] })
})
