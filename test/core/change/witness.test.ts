import t from 'tap'
import { touchesHubPath } from '../../../src/core/change/hub-path.js'
import { expectations, weigh, type Witness } from '../../../src/core/change/witness.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { Ifname } from '../../../src/core/model/names.js'
import type { Plan, Step } from '../../../src/core/model/plan.js'
import { fakePort } from '../../support/fake-kernel.js'

const NOBODY_EXCUSED = { excused: () => false, disturbed: () => false, required: [] }

function witness(subject: string, well: boolean, heardAt: number | null = null): Witness {
  return { subject, well, heardAt, says: well ? 'fine' : 'down' }
}

/** Applied at 1000, 10 s of grace. */
function at(now: number) {
  return { appliedAt: 1000, since: 1000, now, grace: 10_000 }
}

t.test(
  'only what was well before the change may fail it, unless the push requires more',
  async (t) => {
    const before = [witness('a', true), witness('b', false), witness('gone', true)]
    const expected = expectations(before, {
      ...NOBODY_EXCUSED,
      excused: (subject) => subject === 'gone',
    })
    t.strictSame(expected, [{ subject: 'a', fresh: false }])
    const strict = expectations(before, { ...NOBODY_EXCUSED, required: ['b', 'a'] })
    t.strictSame(
      strict.map(({ subject }) => subject),
      ['a', 'gone', 'b'],
    )
  },
)

t.test('a witness has its grace to come back, and then fails the change by name', async (t) => {
  const expected = [{ subject: 'neighbor 10.0.0.1', fresh: false }]
  const down = [witness('neighbor 10.0.0.1', false)]
  t.strictSame(weigh(expected, down, at(5000)), { is: 'open', missing: ['neighbor 10.0.0.1'] })
  t.equal(weigh(expected, [witness('neighbor 10.0.0.1', true)], at(5000)).is, 'proven')
  t.match(weigh(expected, down, at(11_000)), {
    is: 'disproved',
    faults: [{ code: 'CHANGE_DISPROVED', at: 'neighbor 10.0.0.1', message: /10 s.*down/ }],
  })
  t.match(weigh(expected, [], at(11_000)), { faults: [{ message: /nothing was heard/ }] })
})

t.test('the grace starts anew when the agent restarted meanwhile', async (t) => {
  const sitting = { ...at(60_000), since: 55_000 }
  t.equal(weigh([{ subject: 'a', fresh: false }], [], sitting).is, 'open')
})

t.test('the old word of what the plan disturbs does not count', async (t) => {
  const expected = [{ subject: 'a', fresh: true }]
  t.equal(weigh(expected, [witness('a', true, 900)], at(2000)).is, 'open', 'heard before')
  t.equal(weigh(expected, [witness('a', true, 1500)], at(2000)).is, 'proven')
  t.equal(weigh(expected, [witness('a', true, null)], at(2000)).is, 'proven', 'a live state')
})

/*
 * The matrix of false undos: hub {lost before, by the change, by coincidence} × sessions {well,
 * broken as predicted, broken unpredicted}. `fresh` is what a prediction makes of a session.
 */
const HUB = {
  'lost before': { before: false, touched: true },
  'lost by the change': { before: true, touched: true },
  'lost by coincidence': { before: true, touched: false },
} as const
const SESSION = {
  'come back': { predicted: true, after: true },
  'broken as predicted': { predicted: true, after: false },
  'broken unpredicted': { predicted: false, after: false },
} as const

for (const [hubCase, hub] of Object.entries(HUB)) {
  for (const [sessionCase, session] of Object.entries(SESSION)) {
    t.test(`hub ${hubCase}, session ${sessionCase}`, async (t) => {
      const before = [witness('hub', hub.before, 500), witness('neighbor 10.0.0.1', true, 500)]
      const expected = expectations(before, {
        excused: (subject) => subject === 'hub' && !hub.touched,
        disturbed: (subject) => subject === 'hub' || session.predicted,
        required: [],
      })
      const after = [witness('hub', false, 500), witness('neighbor 10.0.0.1', session.after, 1500)]
      const verdict = weigh(expected, after, at(20_000))
      const blamed = verdict.is === 'disproved' ? verdict.faults.map((one) => one.at) : []
      const hubBlamed = hub.before && hub.touched
      t.strictSame(blamed, [
        ...(hubBlamed ? ['hub'] : []),
        ...(session.after ? [] : ['neighbor 10.0.0.1']),
      ])
      t.equal(verdict.is, blamed.length === 0 ? 'proven' : 'disproved')
    })
  }
}

t.test('a hub that only refuses proves that the way to it is open', async (t) => {
  const expected = [{ subject: 'hub', fresh: true }]
  const refused = { subject: 'hub', well: true, heardAt: 1500, says: 'ECONNREFUSED' }
  t.equal(weigh(expected, [refused], at(2000)).is, 'proven')
})

t.test('the way to the hub is what it leaves by and all that stands below it', async (t) => {
  const vlan = (name: string, parent: string, over: Partial<HaveLink> = {}) =>
    fakePort(name, {
      detail: { kind: 'vlan', parent: parent as Ifname, vlanId: 7 },
      up: true,
      ...over,
    })
  const links = [
    fakePort('mgmt'),
    fakePort('p0', { master: 'dl' }),
    fakePort('dl'),
    vlan('dl.7', 'dl', { master: 'blue' }),
    vlan('dl.8', 'dl'),
    fakePort('blue'),
  ]
  const touches = (link: string, step: Step, protocol = 4) =>
    touchesHubPath(planOf(step), links, { link, protocol })
  const set = (link: string): Step => ({ do: 'link-set', link: link as Ifname, to: {}, from: {} })
  t.ok(touches('dl.7', set('dl.7')))
  t.ok(touches('dl.7', set('p0')), 'a port of the bond below')
  t.ok(touches('dl.7', set('blue')), 'its VRF')
  t.notOk(touches('dl.7', set('dl.8')), 'a neighbouring VLAN')
  t.notOk(touches('mgmt', set('p0')))
  const typed: Step = { do: 'frr', daemon: 'bgpd', lines: [] }
  t.notOk(touches('dl.7', typed), 'a static way does not depend on BGP')
  t.ok(touches('dl.7', typed, 186), 'one that BGP taught does')
  t.notOk(touchesHubPath(planOf(set('p0')), links, null), 'no way is known')
})

function planOf(step: Step): Plan {
  return { steps: [{ step, impact: 'none' }], impact: 'none', effects: [] }
}
