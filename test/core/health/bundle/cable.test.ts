import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../../src/core/base/time.js'
import { assess } from '../../../../src/core/health/assess.js'
import { healthDocument } from '../../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../../src/core/health/rules/history.js'
import type { Line } from '../../../../src/core/model/names.js'
import type { ExpectedLldp, LldpNeighbor } from '../../../../src/core/model/state.js'
import { healthyPort, healthyRouter } from '../../../support/agent/router-state.js'

const device = (portId: string, systemName = 'switch'): LldpNeighbor => ({
  chassisId: '02:00:00:00:00:05',
  systemName,
  portId,
  portDescription: null,
})

/** The codes of the events of a port with these far ends, 10 s after each other. */
function eventsOf(
  looks: readonly (readonly LldpNeighbor[] | undefined)[],
  expectedLldp?: ExpectedLldp,
): readonly string[] {
  let history = NO_HISTORY
  return looks.flatMap((lldpNeighbors, at) => {
    const port = healthyPort('p1', {
      ...(lldpNeighbors && { lldpNeighbors }),
      ...(expectedLldp && { expectedLldp }),
    })
    const state = healthyRouter({ ports: [port, healthyPort('p2')] })
    const assessment = assess(state, history, millis(at * 10_000))
    history = assessment.history
    return assessment.events.map(({ code, severity }) => `${code} ${severity}`)
  })
}

t.test('another far end is one event, however the old one goes', (t) => {
  const [one, two] = [device('xe1'), device('xe2')]
  const changed = ['LLDP_NEIGHBOR_CHANGED warning']
  t.strictSame(eventsOf([[one], [one], [one]]), [])
  t.strictSame(eventsOf([[one], [two], [two]]), changed)
  t.strictSame(eventsOf([[one], [], [], [two]]), changed, 'without a far end in between')
  t.strictSame(eventsOf([[one], [one, two], [two]]), changed, 'both for a while')
  t.strictSame(eventsOf([[one], undefined, [two]]), changed, 'while lldpd did not answer')
  t.strictSame(eventsOf([[], [one]]), [], 'the first one')
  t.end()
})

t.test('a port that is patched wrongly is one alarm, which ends', (t) => {
  const expected = { systemName: 'switch' as Line, portId: 'xe1' as Line }
  const [one, two] = [device('xe1'), device('xe2')]
  t.strictSame(eventsOf([[one], [two], [two], [two], [one]], expected), [
    'LLDP_OTHER_NEIGHBOR warning',
    'LLDP_OTHER_NEIGHBOR ok',
  ])
  t.end()
})

t.test('what a far end sends is cut and escaped in sentences and in the document', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 255 }), (text) => {
      const lldpNeighbors = [
        { chassisId: text, systemName: text, portId: text, portDescription: text },
      ]
      const port = healthyPort('p1', { lldpNeighbors, expectedLldp: { portId: 'xe1' as Line } })
      const state = healthyRouter({ ports: [port] })
      const first = assess(state, NO_HISTORY, millis(0))
      const { verdicts } = assess(state, first.history, millis(100_000))
      const { p1 } = healthDocument(state, verdicts, null).ports
      const shown = [
        p1?.findings?.['LLDP_OTHER_NEIGHBOR']?.message ?? '',
        ...Object.values(p1?.lldpNeighbors?.[0] ?? {}),
      ]
      return shown.every(
        (each) => !/[\u0000-\u001f\u007f-\u009f]/.test(each) && each.length <= 1024,
      )
    }),
  )
  t.end()
})
