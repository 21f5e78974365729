import t from 'tap'
import { probeTargets, proberGroups } from '../../../src/core/intent/survey/probe-targets.js'
import { toWant } from '../../../src/core/intent/want.js'
import { ROUTER } from '../../support/intent/full-intent.js'
import { BASE, changed, read, VRF } from '../../support/intent/intent-changes.js'

const PROBE = 'attachments[0].probe'

/** Place and sentence of every fault. */
function refusal(document: unknown): readonly string[] {
  const result = toWant(read(document), ROUTER)
  return result.ok ? [] : result.faults.map(({ at, message }) => `${at}: ${message}`)
}

t.test('neighbours and hosts are targets, each with its source, VRF and size', (t) => {
  const hosts = ['10.64.0.1', '10.0.0.1', '10.64.0.1']
  const targets = probeTargets(read(changed(BASE, [PROBE, { hosts, interval: 2 }])))
  t.strictSame(
    targets.map(({ attachment, address, kind, source }) => [attachment, address, kind, source]),
    [
      ['net-a', '10.0.0.1', 'neighbor', null],
      ['net-a', '10.64.0.1', 'host', '10.0.0.2'],
    ],
    'each once, and as a neighbour where it is one',
  )
  t.strictSame(
    proberGroups(targets).map(({ source, interval, data }) => [source, interval, data]),
    [
      [null, 2, null],
      [null, 10, 1472],
      ['10.0.0.2', 2, null],
      ['10.0.0.2', 10, 1472],
    ],
    'a process for each source and size, full-size packets a fifth as often',
  )
  const small = probeTargets(
    read(changed(BASE, [PROBE, { neighbors: false, fullSize: false, hosts }])),
  )
  t.strictSame(
    proberGroups(small).map(({ data, targets: { length } }) => [data, length]),
    [
      [null, 1],
      [null, 1],
    ],
  )
  t.strictSame(probeTargets(read(BASE)), [], 'nothing is probed that no intent asks for')
  const [inVrf] = probeTargets(read(changed(VRF, [PROBE, {}])))
  t.type(inVrf?.vrf, 'string')
  t.end()
})

t.test('what cannot be probed, or costs too much, is refused with its place', (t) => {
  const refused = (probe: object) => refusal(changed(BASE, [PROBE, probe]))
  const first = (probe: object) => refused(probe)[0] ?? 'accepted'
  t.match(first({ hosts: ['10.0.0.2'] }), /probe\.hosts\[0\].*own address/)
  t.match(first({ hosts: ['224.0.0.5'] }), /probe\.hosts\[0\]/)
  t.match(first({ hosts: ['10.0.0.3'] }), /probe\.hosts\[0\].*broadcast/)
  t.match(first({ hosts: ['2001:db8::1'] }), /no IPv6 address/)
  t.match(first({ neighbors: false }), /nothing to probe/)
  t.match(refusal(changed(BASE, ['attachments[1].probe', {}]))[0], /needs "l3"/)
  t.strictSame(refused({ hosts: ['10.64.0.1'] }), [])
  const neighbors = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      neighborAddress: `10.99.${i >> 8}.${i & 255}`,
      peerAs: 65_001,
      multihop: 2,
    }))
  const many = (count: number, interval: number) =>
    refusal(changed(BASE, ['attachments[0].bgp', neighbors(count)], [PROBE, { interval }])).filter(
      (line) => line.includes('at most'),
    )
  t.match(many(1001, 3), [/1001 addresses are probed, at most 1000/])
  t.match(many(1000, 1), [/1200 echo requests a second are sent, at most 600: raise "interval"/])
  t.end()
})
