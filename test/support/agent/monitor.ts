import type { HealthEvent, Verdict } from '../../../src/core/model/health.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { millis } from '../../../src/core/base/time.js'
import { assess, dueAt } from '../../../src/core/health/assess.js'
import { type HealthHistory, NO_HISTORY } from '../../../src/core/health/rules/history.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyMember,
  lacpEnd,
  healthyNeighbor,
  healthyRouter,
} from './router-state.js'

/** Assesses one state after another, as the agent does; times in seconds. */
export function assessor() {
  let kept: HealthHistory = NO_HISTORY
  let verdicts: readonly Verdict[] = []
  return {
    at(seconds: number, state: RouterState): readonly HealthEvent[] {
      const minute = String(20 + Math.floor(seconds / 60)).padStart(2, '0')
      const at = `2025-01-31T10:${minute}:${String(seconds % 60).padStart(2, '0')}.000Z`
      const assessment = assess({ ...state, at }, kept, millis(seconds * 1000))
      // The history survives a file.
      kept = JSON.parse(JSON.stringify(assessment.history)) as HealthHistory
      verdicts = assessment.verdicts
      return assessment.events
    },
    of: (name: string) => verdicts.find((verdict) => verdict.name === name),
    codes: (name: string) =>
      verdicts.find((verdict) => verdict.name === name)?.findings.map(({ code }) => code),
    due: () => dueAt(kept),
  }
}

/** Each event as subject, code and severity. */
export const eventLines = (events: readonly HealthEvent[]) =>
  events.map(({ name, code, severity }) => `${name} ${code} ${severity}`)

/** Both fibres cut: everything above goes down with them. */
export const cut = () =>
  healthyRouter({
    ports: [darkPort('p1'), darkPort('p2')],
    connections: [
      healthyConnection({
        carrier: false,
        lacp: {
          minLinks: 1,
          partnerId: '00:00:00:00:00:00',
          actorKey: 15,
          partnerKey: 0,
          members: ['p1', 'p2'].map((port) =>
            healthyMember(port, {
              linkUp: false,
              inAggregate: false,
              actor: lacpEnd({ has: ['EXPIRED'] }),
            }),
          ),
        },
      }),
    ],
    attachments: [healthyAttachment({ carrier: false })],
    neighbors: [
      healthyNeighbor({
        sessionState: 'Active',
        lastEstablished: null,
        bfd: { sessionState: 'down' },
      }),
    ],
  })
