import { test } from 'tap'
import { judgeIntent, type Judged } from '../../../src/core/judged/judge-intent.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'

interface Wanted {
  readonly ports?: number
  readonly aggregation?: object
  readonly protection?: object
  readonly more?: {
    readonly connections?: readonly object[]
    readonly attachments?: readonly object[]
  }
}

const BUNDLE = { lacpMode: 'ACTIVE', interval: 'FAST' }
const connection = (name: string, service: string, ports = 1, more: object = {}) => ({
  ...{ name, provider: 'ovhcloud', region: 'eu-west-par', service, ...more },
  ports: Array.from({ length: ports }, (_, n) => ({ name: `${name}-p${n}` })),
})

/** The L2 intent of a LAN, judged. */
function judged({ ports = 2, aggregation = BUNDLE, protection, more = {} }: Wanted): {
  readonly faults: readonly Fault[]
  readonly value: Judged | null
} {
  const parsed = parseIntent({
    ...{ schema: 'demarc/intent/v1', generation: 1, router: { id: 'edge-1', role: 'customer' } },
    connections: [
      connection('pop', 'l2', ports, 'lacpMode' in aggregation ? { aggregation } : {}),
      ...(more.connections ?? []),
    ],
    attachments: [
      {
        ...{ name: 'vrack', connection: 'pop', vlanId: null },
        l2: { bridge: 'br0', members: ['lan0'], ...(protection && { protection }) },
      },
      ...(more.attachments ?? []),
    ],
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const context = { managedPorts: ['*'], secrets: new Map(), profiles: BUILT_IN, passwords: {} }
  const result = judgeIntent(parsed.value, context)
  return result.ok ? { faults: [], value: result.value } : { faults: result.faults, value: null }
}

const warnings = (wanted: Wanted) => judged(wanted).value?.breaches.map(({ rule }) => rule)

test('an L2 attachment gets the limits of OVHcloud, and keeps its own that are lower', async (t) => {
  const limits = (wanted: Wanted) =>
    judged(wanted).value?.want.links.find(({ name }) => name === 'pop')?.protection
  const filled = { macLimit: 512, controlFrames: 'DROP', broadcast: 20, multicast: 20 }
  t.strictSame(limits({}), filled)
  const own = { macLimit: 64, stormControl: { unknownUnicast: 30 } }
  t.strictSame(limits({ protection: own }), { ...filled, macLimit: 64, unknownUnicast: 30 })
  t.strictSame(warnings({}), [])
})

test('more than OVHcloud takes is refused, or said', async (t) => {
  const { faults } = judged({ protection: { macLimit: 700, controlFrames: 'FORWARD' } })
  t.match(faults, [
    {
      at: 'attachments[0].l2.protection.macLimit',
      message: /is 700; OVHcloud requires at most 512/,
    },
    { at: 'attachments[0].l2.protection.controlFrames', message: /requires DROP/ },
  ])
  t.strictSame(warnings({ protection: { stormControl: { broadcast: 100 } } }), [
    'ovhcloud/broadcast-rate',
  ])
})

test('two links are one bundle of two', async (t) => {
  t.match(judged({ ports: 3 }).faults, [{ at: 'connections[0].ports', message: /ovhcloud\/ports/ }])
  t.match(judged({ aggregation: {} }).faults, [
    { code: 'INTENT_CONFLICT', at: /^connections\[0\]/ },
  ])
  const second = { connections: [connection('more', 'l2')] }
  t.strictSame(warnings({ more: second }), ['ovhcloud/one-l2-service', 'ovhcloud/one-l2-service'])
})

test('a bridge that joins two attachments is said at each of OVHcloud', async (t) => {
  const other = { name: 'other', connection: 'dc', vlanId: 7, l2: { bridge: 'br0' } }
  const more = {
    connections: [{ name: 'dc', ports: [{ name: 'dc-p0' }] }],
    attachments: [other],
  }
  t.strictSame(warnings({ more }), ['ovhcloud/one-tunnel-in-bridge'])
})
