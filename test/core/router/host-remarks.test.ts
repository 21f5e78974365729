import t from 'tap'
import { hostRemarks } from '../../../src/core/router/host-remarks.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { toIfname, toPrefix } from '../../../src/core/model/names.js'
import { bench, intent, push } from '../../support/agent/engine.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'

const PEER = '10.0.0.1'
const TOUCHED = new Set([`neighbor ${PEER}`])
const HUB = { address: '192.0.2.10', purpose: 'the hub' }

/** A neighbour that imports what the rules let in. */
function importing(
  prefix: string,
  ge: number | null = null,
  le: number | null = null,
): BgpInstance {
  const rule = { prefix: sure(toPrefix(prefix)), ge, le }
  const family = plainNeighbor(PEER).ipv4Unicast
  if (family === null) throw new Error('the neighbour speaks no IPv4')
  const from = { ...family.import, prefixes: [rule] }
  return plainInstance(plainNeighbor(PEER, { ipv4Unicast: { ...family, import: from } }))
}

/** The router reaches the hub by this route. */
function reached(destination: string) {
  const route = { destination, table: 254, protocol: 3, link: 'mgmt', gateway: null }
  return { hosts: [HUB], routes: [route] }
}

const ADMITTED = [
  [importing('192.0.2.0/24'), '0.0.0.0/0', '192.0.2.0/24'],
  [importing('0.0.0.0/0', null, 24), '192.0.0.0/16', '0.0.0.0/0 le 24'],
  [importing('192.0.0.0/8', 16), '192.0.2.0/24', '192.0.0.0/8 ge 16'],
] as const

t.test('a rule that admits a more specific route to a host is named with the host', (t) => {
  for (const [instance, route, rule] of ADMITTED) {
    t.match(hostRemarks([instance], reached(route), TOUCHED), [
      {
        subject: 'the hub',
        impact: 'none',
        why: new RegExp(`import rule ${rule} of neighbor 10.0.0.1 \\(net-a\\)`),
      },
    ])
  }
  t.end()
})

t.test('nothing is said where no packet to a host can move', (t) => {
  const instance = importing('192.0.2.0/24')
  const silent = (instances: readonly BgpInstance[], route: string, touched = TOUCHED) =>
    t.strictSame(hostRemarks(instances, reached(route), touched), [])
  silent([instance], '192.0.2.0/24')
  silent([importing('0.0.0.0/0', null, 16)], '192.0.2.0/24')
  silent([importing('198.51.100.0/24')], '0.0.0.0/0')
  silent([{ ...instance, vrf: sure(toIfname('blue')) }], '0.0.0.0/0')
  silent([instance], '0.0.0.0/0', new Set())
  const [neighbor] = instance.neighbors
  const shut = { ...sure(neighbor), shutdown: { message: null } }
  silent([{ ...instance, neighbors: [shut] }], '0.0.0.0/0')
  t.end()
})

t.test('the plan of a push says it, and the push is made', async (t) => {
  const foreignPaths = () => reached('0.0.0.0/0')
  const at = await bench(t, { foreignPaths })
  const document = intent(1)
  const prefixes = ['192.0.2.0/24']
  const attachments = document.attachments.map((attachment) => ({
    ...attachment,
    bgp: attachment.bgp.map((one) => ({ ...one, ipv4Unicast: { import: { prefixes } } })),
  }))
  const planned = await at.engine.push(push({ ...document, attachments }, { dryRun: true }))
  const effects = planned.ok ? (planned.value.plan?.effects ?? []) : []
  t.match(
    effects.find(({ subject }) => subject === 'the hub'),
    { impact: 'none', why: /192\.0\.2\.0\/24 of neighbor 10\.0\.0\.1/ },
  )
  t.match(await at.engine.push(push({ ...document, attachments })), { ok: true })
})
