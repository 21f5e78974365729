import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { canonicalJson, type Json } from '../../../src/core/base/json.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { BANDS, damp, known } from '../../../src/core/health/shown/damping.js'
import { healthDocument } from '../../../src/core/health/document.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import { difference, merge } from '../../../src/core/base/merge-patch.js'
import type { RouterState } from '../../../src/core/model/state.js'
import {
  darkPort,
  healthyConnection,
  healthyMember,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
  NO_COUNTERS,
  HEALTHY_HOST,
} from '../../support/agent/router-state.js'

const write = (state: RouterState, previous: HealthDocument | null = null) =>
  healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, previous)

/** Documents as health writes them: no nulls, any keys, also those an object has by nature. */
const keys = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', ''),
  fc.string(),
)
const { document } = fc.letrec<{ value: Json; document: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(fc.oneof(fc.integer(), fc.constant(null), tie('document')), { maxLength: 3 }),
    tie('document'),
  ),
  document: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
}))

t.test('merging the difference gives what came after', (t) => {
  fc.assert(
    fc.property(document, document, (before, after) => {
      const patch = difference(before, after)
      const merged = patch === null ? before : merge(before, patch)
      return canonicalJson(merged) === canonicalJson(after)
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('a document differs from itself by nothing, and from another by something', (t) => {
  fc.assert(
    fc.property(document, document, (a, b) => {
      const equal = canonicalJson(a) === canonicalJson(b)
      return difference(a, a) === null && (difference(a, b) === null) === equal
    }),
  )
  t.end()
})

t.test('a difference survives the wire as it is', (t) => {
  fc.assert(
    fc.property(document, document, (a, b) => {
      const patch = JSON.parse(JSON.stringify(difference(a, b))) as Json
      return patch === null || canonicalJson(merge(a, patch)) === canonicalJson(b)
    }),
  )
  t.end()
})

t.test('merging works as the examples of RFC 7386 appendix A', (t) => {
  const table: readonly [Json, Json, Json][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of table) t.strictSame(merge(target, patch), result)
  t.end()
})

t.test('the document names everything and never says null', (t) => {
  const state = healthyRouter({
    ports: [
      healthyPort('p1'),
      darkPort('p2'),
      healthyPort('p3', { optic: { state: 'absent' }, mac: null, autoNegotiate: null }),
      healthyPort('p4', { optic: { state: 'unreadable', reason: 'EIO' } }),
      healthyPort('p5', { optic: moduleIn({ diagnostics: 'none' }) }),
    ],
    neighbors: [
      healthyNeighbor(),
      healthyNeighbor({ address: '2001:db8::1', bfd: null, families: [] }),
    ],
  })
  const first = assess(state, NO_HISTORY, millis(0))
  const { verdicts } = assess(state, first.history, millis(60_000))
  const written = healthDocument(state, verdicts, null)
  const nulls = (value: Json): boolean =>
    value === null || (typeof value === 'object' && Object.values(value as object).some(nulls))
  t.notOk(nulls(written))
  t.match(written, {
    router: {
      hostname: 'localhost',
      severity: 'critical',
      frr: { version: '8.4.4' },
      sampledAt: state.at,
    },
    ports: {
      p1: {
        severity: 'ok',
        lifecycle: 'available',
        operStatus: 'UP',
        transceiver: {
          present: true,
          ethernetPmd: '10GBASE-LR',
          diagnostics: { inputPower: -6, rxLos: false },
        },
      },
      p2: {
        operStatus: 'DOWN',
        findings: { OPTIC_RX_LOS: { severity: 'critical', message: /no light/ } },
        transceiver: { diagnostics: { rxLos: true } },
      },
      p3: { transceiver: { present: false } },
      p4: { transceiver: { present: true, unreadable: 'EIO' } },
    },
    connections: {
      'dl-par': { ports: ['p1', 'p2'], lacp: { members: { p1: { inAggregate: true } } } },
    },
    attachments: { 'net-a': { interface: 'dl-par.100', vlanId: 100, addresses: ['10.0.0.2/30'] } },
    neighbors: {
      'net-a/10.0.0.1': {
        sessionState: 'ESTABLISHED',
        peerAs: 50_624,
        bfd: { sessionState: 'UP' },
        prefixes: { 'ipv4-unicast': { received: 10, sent: 1, limit: 100 } },
      },
      'net-a/2001:db8::1': { neighborAddress: '2001:db8::1' },
    },
  })
  t.notOk(written.ports['p2']?.transceiver.diagnostics?.inputPower, 'no -Infinity')
  t.notOk(written.ports['p5']?.transceiver.diagnostics)
  t.notOk(written.neighbors['net-a/2001:db8::1']?.bfd)
  t.end()
})

t.test('noise is no difference', (t) => {
  const noisy = (step: number): RouterState =>
    healthyRouter({
      at: `2025-01-31T10:2${step}:00.000Z`,
      host: {
        ...HEALTHY_HOST,
        memoryAvailable: 2 * 2 ** 30 - step,
        load1: step,
        uptime: step,
      },
      ports: [
        healthyPort('p1', {
          counters: { ...NO_COUNTERS, inOctets: step, outOctets: step },
          optic: moduleIn({
            readings: {
              inputPower: -6 + 0.03 * step,
              outputPower: -4 - 0.03 * step,
              temperature: 35 + 0.3 * step,
              supplyVoltage: 3.3 + 0.003 * step,
              laserBiasCurrent: 30 + 0.05 * step,
            },
          }),
        }),
        healthyPort('p2'),
      ],
      neighbors: [
        healthyNeighbor({
          lastEstablished: 1_738_315_230 + (step % 2),
          families: [
            { family: 'ipv4-unicast', received: 10_000 + 10 * step, sent: 1, limit: null },
          ],
        }),
      ],
    })
  let last = write(noisy(0))
  for (const step of [1, 2, 3, 4, 5]) {
    const next = healthDocument(noisy(step), assess(noisy(0), NO_HISTORY, millis(0)).verdicts, last)
    t.equal(difference(last, next), null, `step ${step}`)
    last = next
  }
  const later = { ...noisy(5), at: '2025-01-31T10:30:00.000Z' }
  const fresh = healthDocument(later, assess(noisy(0), NO_HISTORY, millis(0)).verdicts, last)
  t.strictSame(
    difference(last, fresh),
    {
      router: {
        sampledAt: later.at,
        observedAt: later.at,
        memoryAvailable: 2 * 2 ** 30 - 5,
        load1: 5,
        uptime: 5,
      },
      ports: { p1: { counters: { inOctets: 5, outOctets: 5 } } },
    },
    'every ten minutes counters and load are taken anew',
  )
  t.end()
})

t.test('what moves is a small difference', (t) => {
  const before = write(healthyRouter())
  const bent = healthyRouter({
    ports: [
      healthyPort('p1', { optic: moduleIn({ serial: 'SN-p1', readings: { inputPower: -12 } }) }),
      healthyPort('p2'),
    ],
  })
  t.strictSame(difference(before, write(bent, before)), {
    ports: {
      p1: {
        transceiver: { diagnostics: { inputPower: -12 } },
        light: { inputPower: { margin: 6.4, limit: -18.386, level: 'lowAlarm' } },
      },
    },
  })
  const reset = healthyRouter({
    neighbors: [healthyNeighbor({ establishedTransitions: 2, lastEstablished: 1_738_315_232 })],
  })
  t.strictSame(
    difference(before, write(reset, before)),
    {
      neighbors: {
        'net-a/10.0.0.1': {
          lastEstablished: '2025-01-31T09:20:32.000Z',
          establishedTransitions: 2,
        },
      },
    },
    'a new session has a new time at once',
  )
  const clockSet = healthyRouter({
    neighbors: [healthyNeighbor({ lastEstablished: 1_738_315_260 })],
  })
  t.strictSame(
    difference(before, write(clockSet, before)),
    { neighbors: { 'net-a/10.0.0.1': { lastEstablished: '2025-01-31T09:21:00.000Z' } } },
    'and so has a session after the clock was set',
  )
  const gone = healthyRouter({ neighbors: [] })
  t.strictSame(difference(before, write(gone, before)), { neighbors: { 'net-a/10.0.0.1': null } })
  const lacp = healthyConnection().lacp
  const out = healthyRouter({
    connections: [
      healthyConnection({
        lacp: lacp && {
          ...lacp,
          members: [healthyMember('p1'), healthyMember('p2', { inAggregate: false })],
        },
      }),
    ],
  })
  t.strictSame(difference(before, write(out, before)), {
    connections: {
      'dl-par': { lacp: { members: { p2: { inAggregate: false } } }, redundancy: { missing: 1 } },
    },
  })
  t.end()
})

t.test('a port may have the name of something every object has', (t) => {
  const odd = healthyRouter({ ports: [healthyPort('__proto__'), healthyPort('constructor')] })
  const before = write(healthyRouter({ ports: [] }))
  const after = write(odd, before)
  const patch = difference(before, after)
  t.strictSame(Object.keys(after.ports), ['__proto__', 'constructor'])
  t.equal(canonicalJson(merge(before, patch)), canonicalJson(after))
  t.end()
})

t.test('a damped value stays within its band and is written to its digits', (t) => {
  t.equal(damp(undefined, -6.04, BANDS.power), -6)
  t.equal(damp(-6, -6.19, BANDS.power), -6)
  t.equal(damp(-6, -6.21, BANDS.power), -6.2)
  t.equal(damp(100, 100.9, BANDS.prefixes), 100)
  t.equal(damp(99, 100, BANDS.prefixes), 100, 'exact below a hundred')
  t.equal(damp(-6, null, BANDS.power), null)
  t.equal(damp(-6, -Infinity, BANDS.power), null)
  t.ok(Object.is(damp(undefined, -0.01, BANDS.power), 0), 'JSON has no -0')
  fc.assert(
    fc.property(fc.array(fc.double({ min: -40, max: 10, noNaN: true })), (values) => {
      let last: number | null = null
      return values.every((value) => {
        last = damp(last ?? undefined, value, BANDS.power)
        return last !== null && Math.abs(last - value) <= 0.2
      })
    }),
  )
  t.strictSame(known({ a: null, b: undefined, c: 0, d: false, e: '' }), { c: 0, d: false, e: '' })
  t.end()
})

t.test('the facts of the intent are carried in the document', (t) => {
  const state = healthyRouter()
  const circuit = { bandwidth: 1000 }
  const connections = state.connections.map((connection) => ({ ...connection, circuit }))
  const attachments = state.attachments.map((attachment) => ({ ...attachment, circuit }))
  const written = healthDocument({ ...state, connections, attachments }, [], null)
  const circuits = (parts: Readonly<Record<string, { readonly circuit?: object }>>) =>
    Object.values(parts).map((part) => part.circuit)
  t.strictSame(new Set(circuits(written.connections)), new Set([circuit]))
  t.strictSame(new Set(circuits(written.attachments)), new Set([circuit]))
  t.end()
})
