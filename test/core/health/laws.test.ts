import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { assess, worstSeverity } from '../../../src/core/health/assess.js'
import { type HealthHistory, NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { HealthEvent, Verdict } from '../../../src/core/model/health.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { cut } from '../../support/agent/monitor.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  silentFrr,
} from '../../support/agent/router-state.js'

/** Any mix of the things above that can be wrong. */
const states = fc
  .record({
    p1: fc.constantFrom('up', 'dark', 'down', 'missing'),
    p2: fc.constantFrom('up', 'dark'),
    bundle: fc.boolean(),
    attachment: fc.constantFrom('up', 'dark', 'missing'),
    session: fc.constantFrom('Established', 'Active', 'missing'),
    frr: fc.boolean(),
    wantShutdown: fc.boolean(),
    adminDown: fc.boolean(),
    stale: fc.boolean(),
  })
  .map((pick): RouterState => {
    const dark = cut()
    const p1 = {
      up: healthyPort('p1'),
      dark: darkPort('p1'),
      down: healthyPort('p1', { adminUp: false, carrier: false }),
      missing: healthyPort('p1', { present: false, adminUp: false, carrier: false }),
    }[pick.p1]
    const { attachment, session: sessionState, adminDown, wantShutdown } = pick
    const carrier = attachment === 'up'
    const present = attachment !== 'missing'
    return healthyRouter({
      ports: [p1, pick.p2 === 'up' ? healthyPort('p2') : darkPort('p2')],
      connections: pick.bundle ? [healthyConnection()] : dark.connections,
      attachments: [healthyAttachment({ carrier, present, up: present })],
      neighbors: [healthyNeighbor({ sessionState, adminDown, wantShutdown })],
      frr: pick.frr ? healthyRouter().frr : silentFrr('no'),
      seen: {
        ...healthyRouter().seen,
        ...(pick.stale ? { links: { at: null, fault: 'no answer' } } : {}),
      },
    })
  })

/** Codes of what happens; all others are alarms, which begin and end. */
const HAPPENS =
  /^(LIFECYCLE|CARRIER_FLAPPED|SESSION_FLAPPED|SESSION_LOST|NEIGHBOR_(ADMIN_DOWN|DRAINED)(_ENDED)?|OPTIC_CHANGED|LACP_PARTNER_CHANGED|LLDP_NEIGHBOR_CHANGED)$/

/** Alarms that events have begun and not ended yet. */
class Alarms {
  readonly open = new Set<string>()

  /** Whether each begins once, and ends only after it began. */
  take(events: readonly HealthEvent[]): boolean {
    return events
      .filter(({ code }) => !HAPPENS.test(code))
      .every(({ kind, name, code, severity }) => {
        const alarm = `${kind}/${name} ${code}`
        if (severity === 'ok') return this.open.delete(alarm)
        return !this.open.has(alarm) && this.open.add(alarm).has(alarm)
      })
  }

  /** Whether an event has reported every finding that is shown; BLOCKED is never reported. */
  cover(verdicts: readonly Verdict[]): boolean {
    return verdicts.every(({ kind, name, findings }) =>
      findings.every(({ code }) => code === 'BLOCKED' || this.open.has(`${kind}/${name} ${code}`)),
    )
  }
}

function isSound(verdicts: readonly Verdict[]): boolean {
  const [router, ...parts] = verdicts
  const all = worstSeverity([...parts, ...(router?.findings ?? [])].map(({ severity }) => severity))
  const explained = parts.every(
    ({ severity, findings }) => (severity === 'ok') === (findings.length === 0),
  )
  return router?.severity === all && explained
}

t.test('through any history: alarms begin and end in turn, and the worst counts', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(states, fc.nat(40)), { maxLength: 12 }), (history) => {
      const alarms = new Alarms()
      let kept: HealthHistory = NO_HISTORY
      let now = 0
      return history.every(([state, seconds]) => {
        now += seconds * 1000
        const { verdicts, events, history: next } = assess(state, kept, millis(now))
        kept = next
        return alarms.take(events) && alarms.cover(verdicts) && isSound(verdicts)
      })
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('whatever happened before, a healthy router settles at ok', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(states, fc.nat(100)), { maxLength: 8 }), (history) => {
      let kept: HealthHistory = NO_HISTORY
      let now = 0
      for (const [state, seconds] of history) {
        now += seconds * 1000
        kept = assess(state, kept, millis(now)).history
      }
      kept = assess(healthyRouter(), kept, millis(now + 1000)).history
      const { verdicts, history: last } = assess(healthyRouter(), kept, millis(now + 100_000))
      return (
        last.due === null &&
        verdicts.every((one) => one.severity === 'ok' && one.lifecycle === 'available')
      )
    }),
  )
  t.end()
})
