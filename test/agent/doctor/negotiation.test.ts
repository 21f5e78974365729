import t from 'tap'
import { createDoctor } from '../../../src/agent/doctor/doctor.js'
import { millis, type Millis } from '../../../src/core/base/time.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { subjectsOf } from '../../../src/core/health/subjects.js'
import type { LacpMemberState } from '../../../src/core/model/state.js'
import { QUIET_INSTRUMENTS } from '../../support/agent/local-agent.js'
import {
  healthyConnection,
  healthyMember,
  healthyRouter,
  lacpEnd,
} from '../../support/agent/router-state.js'

/** What the doctor does in the seconds in which the ports of a bundle negotiate after their links came up. */

const NOT_YET = { lacks: ['COLLECTING', 'DISTRIBUTING'] } as const
const negotiating = member({ actor: 'MONITORING', partner: 'NONE' })
const churned = member({ actor: 'CHURNED', partner: 'NONE' })
const farEndNotYet = healthyMember('p2', {
  churn: { actor: 'NONE', partner: 'MONITORING' },
  partner: lacpEnd(NOT_YET),
})
const carrying = healthyMember('p2')
const unwatched = member(null)
const noLink = { ...negotiating, linkUp: false }

function member(churn: LacpMemberState['churn']): LacpMemberState {
  return healthyMember('p2', { churn, actor: lacpEnd(NOT_YET) })
}

/** Examines a bundle whose second port looks like this at each second; the last one stays. */
async function examine(...seconds: readonly LacpMemberState[]) {
  let now = 0
  let looks = 0
  const doctor = createDoctor({
    router: 'r1',
    look() {
      const second = seconds[Math.min(now / 1000, seconds.length - 1)] ?? carrying
      looks += 1
      return Promise.resolve(lookAt(second))
    },
    instruments: {
      ...QUIET_INSTRUMENTS,
      clock: {
        now: () => millis(now),
        wall: () => new Date(now),
        sleep(time: Millis) {
          now += time
          return Promise.resolve()
        },
      },
    },
    provider: () => null,
  })
  const terms = { attachment: 'net-a', hosts: [], ticket: false }
  const found = await doctor(terms, () => undefined)
  if (!found.ok) throw new Error(JSON.stringify(found.faults))
  return { looks, result: found.value.result, rung: found.value.cause?.rung ?? null }
}

function lookAt(second: LacpMemberState) {
  const { lacp, ...rest } = healthyConnection()
  if (lacp === null) throw new Error('no bundle')
  const members = [healthyMember('p1'), second]
  const state = healthyRouter({ connections: [{ ...rest, lacp: { ...lacp, members } }] })
  return { state, subjects: subjectsOf(state, NO_HISTORY, millis(0)) }
}

t.test('LACP that negotiates is no fault: the doctor looks again each second', async (t) => {
  for (const first of [negotiating, farEndNotYet]) {
    t.strictSame(await examine(first, first, carrying), { looks: 3, result: 'works', rung: null })
  }
})

t.test('what has not come to carry traffic after 6 s is the cause', async (t) => {
  const { looks, rung } = await examine(negotiating)
  t.equal(looks, 7)
  t.match(rung, /^(light-out|lacp)$/)
})

t.test('nobody waits for what does not negotiate', async (t) => {
  t.strictSame(await examine(carrying), { looks: 1, result: 'works', rung: null })
  for (const known of [churned, unwatched, noLink]) {
    t.match(await examine(known, carrying), { looks: 1, rung: /^(light-out|lacp|link)$/ })
  }
})
