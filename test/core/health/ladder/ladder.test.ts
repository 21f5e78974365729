import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../../src/core/base/time.js'
import { ladderOf } from '../../../../src/core/health/ladder/ladder.js'
import { RUNG_NAMES, type Rung } from '../../../../src/core/health/ladder/terms.js'
import { NO_HISTORY } from '../../../../src/core/health/rules/history.js'
import { subjectsOf } from '../../../../src/core/health/subjects.js'
import { arbitraryState } from '../../../support/agent/arbitrary-state.js'
import { healthyNeighbor, healthyRouter } from '../../../support/agent/router-state.js'
import { probed, probing } from '../traffic-table.js'
import { AGREED_CASES } from './agreed-cases.js'
import { AT, CASES, climbed, ECHO, FRAMES, measuredOf, SIZE } from './cases.js'

const ALL = Object.entries({ ...CASES, ...AGREED_CASES })

for (const [what, { state = healthyRouter(), measured, ...expected }] of ALL) {
  t.test(what, (t) => {
    const { result, cause, verdict, rungs } = climbed(state, measured)
    const { rung, place, side } = cause ?? {}
    const { says, ...named } = expected
    t.strictSame({ result, rung, place, side }, named, verdict)
    t.match(verdict, says)
    if (cause !== null) t.ok(verdict.endsWith(cause.text), 'the verdict has the whole finding')
    t.ok(rungs.every(({ text }) => text !== ''))
    t.end()
  })
}

t.test('a healthy attachment works, and each rung says what it has measured', (t) => {
  const { result, rungs, verdict } = climbed(healthyRouter(), measuredOf({}))
  t.equal(result, 'works', verdict)
  t.ok(rungs.every(({ state }) => state === 'ok'))
  t.strictSame(
    rungs.filter(({ place }) => place === 'neighbor 10.0.0.1').map(({ rung }) => rung),
    RUNG_NAMES.slice(RUNG_NAMES.indexOf('neighbor-mac')),
  )
  t.match(verdict, /10 ipv4-unicast; .*1 ipv4-unicast; .*5 of 5 .*1500 octets/)
  t.end()
})

t.test('hold time and capabilities that are less than what was offered are noted', (t) => {
  const negotiated = {
    ...{ holdTime: millis(9000), lackingFamilies: ['ipv6-unicast' as const] },
    lackingCapabilities: ['route refresh'],
  }
  const neighbors = [healthyNeighbor({ negotiated })]
  const { result, rungs } = climbed(healthyRouter({ neighbors }), measuredOf({}))
  t.equal(result, 'works', 'the intent has no rules for IPv6')
  const open = rungs.find(({ rung }) => rung === 'open')
  t.match(open?.text, /hold time 9 s, and the intent has 30 s, .* not offer route refresh/)
  t.end()
})

t.test('what the intent probes is in the ladder without a measurement', (t) => {
  const { rungs, result } = climbed(probing([probed('10.0.0.1'), probed('10.64.0.1')]))
  t.equal(result, 'works')
  const probes = rungs.filter(({ rung }) => rung === 'traffic' || rung === 'full-size')
  t.strictSame(
    probes.map(({ place, state }) => `${place} ${state}`),
    ['neighbor 10.0.0.1 ok', 'neighbor 10.0.0.1 ok', 'host 10.64.0.1 ok', 'host 10.64.0.1 ok'],
  )
  t.match(probes[0]?.text, /60 of 60 echo requests within a minute/)
  t.end()
})

t.test('a neighbour that does not answer ping is no fault while its session is up', (t) => {
  const measured = measuredOf({ echo: { ...ECHO, received: 0 }, fullSize: null })
  const { result, rungs } = climbed(healthyRouter(), measured)
  t.equal(result, 'works')
  t.match(
    rungs.find(({ rung }) => rung === 'traffic'),
    { state: 'unknown', text: /may not answer/ },
  )
  t.end()
})

t.test('what cannot be read is unknown, and no alarm', (t) => {
  const at = { at: null, fault: 'no answer for 5 s' }
  const { seen } = healthyRouter()
  const { result, rungs } = climbed(healthyRouter({ seen: { ...seen, ports: at, links: at } }))
  t.not(result, 'fails')
  const blind = rungs.filter(({ place }) => !place.startsWith('neighbor'))
  t.ok(blind.every(({ state }) => state === 'unknown' || state === 'skipped'))
  t.end()
})

/** Rungs of one place are a ladder of their own. */
function laddersIn(rungs: readonly Rung[]): readonly (readonly Rung[])[] {
  const places = [...new Set(rungs.map(({ place }) => place))]
  return places.map((place) => rungs.filter((rung) => rung.place === place))
}

t.test('whatever is observed and measured: nothing above a rung that failed is judged', (t) => {
  const echo = fc.record({
    sent: fc.constant(5),
    received: fc.nat(5),
    roundTrip: fc.constant(1),
    at: fc.constant(AT),
  })
  const measured = fc
    .record({
      mac: fc.constantFrom('answers' as const, 'silent' as const),
      tcp: fc.constantFrom('open' as const, 'refused' as const, 'silent' as const),
      echo,
      passes: fc.boolean(),
      inOctets: fc.nat(1),
    })
    .map(({ mac, tcp, passes, inOctets, ...rest }) =>
      measuredOf(
        {
          ...{ mac: { value: mac, at: AT }, tcp: { value: tcp, at: AT }, echo: rest.echo },
          fullSize: { ...SIZE, passes },
        },
        { frames: { ...FRAMES, inOctets } },
      ),
    )
  fc.assert(
    fc.property(arbitraryState, measured, (state, measurements) => {
      const subjects = subjectsOf(state, NO_HISTORY, millis(0))
      return state.attachments.every(({ name }) => {
        const ladder = ladderOf({ state, subjects }, name, measurements)
        if (ladder === null) return true
        const { rungs, cause, result } = ladder
        const isNamed = cause === null ? result !== 'fails' : rungs.includes(cause)
        return isNamed && laddersIn(rungs).every(isQuietAbove)
      })
    }),
    { numRuns: 300 },
  )
  t.end()
})

function isQuietAbove(rungs: readonly Rung[]): boolean {
  const failed = rungs.findIndex(({ state }) => state === 'failed')
  return failed < 0 || rungs.slice(failed + 1).every(({ state }) => state === 'skipped')
}
