import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { wantOf } from '../../../src/agent/router/want.js'
import { observe, type ObserveSources } from '../../../src/agent/health/observe.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { intent } from '../../support/agent/engine.js'
import { healthyNeighbor, healthyPort, healthyRouter } from '../../support/agent/router-state.js'

t.test(
  'FRR that stops answering is reported, and its sessions no longer count as healthy',
  async (t) => {
    const document = intent(1)
    const attachments = document.attachments.map((attachment) => ({
      ...attachment,
      bgp: [{ neighborAddress: '10.0.0.1', peerAs: 65020 }],
    }))
    const read = parseIntent({ ...document, attachments })
    if (!read.ok) throw new Error(JSON.stringify(read.faults))
    const want = await wantOf(read.value, {
      managedPorts: ['p*'],
      secrets: async () => new Map(),
      sha256,
      refusals: async () => [],
    })
    if (!want.ok) throw new Error(JSON.stringify(want.faults))
    const silence = fault('FRR_UNAVAILABLE', 'bgpd', 'no answer within 30000 ms')
    let answers = true
    const healthy = healthyRouter()
    const sources: ObserveSources = {
      read: async () => ({ links: [], frr: { version: '8.4.4', faults: [] } }),
      ports: async (names) => names.map((name) => healthyPort(name)),
      lacp: async () => null,
      optic: async () => ({ state: 'absent' }),
      async neighbors() {
        if (!answers) throw new FaultError(silence)
        return [healthyNeighbor({ address: '10.0.0.1', vrf: null, establishedTransitions: 3 })]
      },
      host: async () => healthy.host,
      conflicts: async () => [],
      router: 'r1',
      wall: () => new Date(0),
    }
    const look = () => observe(read.value, want.value, sources)
    const before = await look()
    t.match(before.neighbors, [{ address: '10.0.0.1', sessionState: 'Established' }])
    answers = false
    const after = await look()
    t.match(after.frr, { reachable: false, reason: silence.message })
    t.match(after.neighbors, [
      { address: '10.0.0.1', attachment: 'net-a', sessionState: 'missing' },
    ])
    const first = assess(after, NO_HISTORY, millis(0))
    const held = assess(after, first.history, millis(60_000))
    const findings = held.verdicts.flatMap(({ kind, findings: found }) =>
      found.map(({ code }) => `${kind} ${code}`),
    )
    t.ok(findings.includes('router FRR_UNREACHABLE'), findings.join(', '))
    t.notOk(findings.includes('neighbor NEIGHBOR_MISSING'), 'what FRR has is not known')
    answers = true
    const again = await look()
    t.match(again.frr, { reachable: true, version: '8.4.4' })
    const known = assess(before, NO_HISTORY, millis(0))
    const silent = assess(after, assess(after, known.history, millis(1000)).history, millis(60_000))
    const back = assess(again, silent.history, millis(61_000))
    const codes = back.events.map(({ code }) => code)
    t.notOk(codes.includes('SESSION_FLAPPED'), 'its session was up all the while')
  },
)
