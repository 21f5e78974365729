import t from 'tap'
import { queryWitnesses } from '../../../src/agent/change/witnesses.js'
import { NO_LIVENESS } from '../../../src/agent/hub/liveness.js'
import { millis } from '../../../src/core/base/time.js'
import { evaluate, expectations } from '../../../src/core/change/witness.js'
import type { ProbedTarget } from '../../../src/core/model/probe.js'
import { probed } from '../../core/health/traffic-table.js'

const SUBJECT = 'ping 203.0.113.1 from net-a'

async function witnesses(...targets: readonly ProbedTarget[]) {
  const { witnesses: found } = await queryWitnesses(
    null,
    { probes: [], hosts: [] },
    {
      neighbors: async () => [],
      lacp: async () => null,
      hub: () => NO_LIVENESS,
      askHub: () => undefined,
      ping: async () => false,
      probed: () => targets,
      announcers: async () => [],
      askHosts: async () => [],
      leadsTo: async () => true,
      now: () => millis(0),
    },
  )
  return found
}

t.test('a target that answered before a change must answer after it', async (t) => {
  const before = await witnesses(probed('203.0.113.1'), probed('203.0.113.2', 'never-answered'))
  const expected = expectations(before, {
    excused: () => false,
    disturbed: () => true,
    required: [],
    optional: [],
    routes: new Map(),
  })
  t.strictSame(
    expected.map(({ subject }) => subject),
    [SUBJECT],
    'one that never answered judges nothing',
  )
  const judged = async (after: ProbedTarget, now: number) =>
    evaluate(expected, await witnesses(after), {
      about: 'change',
      appliedAt: millis(1000),
      since: millis(1000),
      now: millis(now),
      grace: millis(20_000),
      until: millis(60_000),
    })
  const old = probed('203.0.113.1', 'answers', { lastAnswerAt: millis(900) })
  const fresh = probed('203.0.113.1', 'answers', { lastAnswerAt: millis(1500) })
  const silent = probed('203.0.113.1', 'silent', { lastAnswerAt: millis(900) })
  t.equal((await judged(fresh, 2000)).status, 'verified')
  t.equal((await judged(old, 2000)).status, 'pending', 'an answer from before proves nothing')
  t.equal((await judged(silent, 2000)).status, 'pending')
  t.match(await judged(silent, 22_000), {
    status: 'unhealthy',
    faults: [{ code: 'CHANGE_UNHEALTHY', at: SUBJECT, message: /no answer from 203\.0\.113\.1/ }],
  })
})
