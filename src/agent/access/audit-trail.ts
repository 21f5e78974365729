import type { Fault } from '../../core/base/fault.js'
import { auditReason, type AuditRecord } from '../../core/wire/audit.js'
import { cutText, TEXT_LIMITS } from '../../core/wire/limits.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import type { HubState } from '../hub/link.js'
import type { AuditTo } from './guarded-methods.js'

/** What a reload of the agent's files (SIGHUP) has brought. */
export interface Reloaded {
  /** What is in force now and was not before, for people. */
  readonly changed: readonly string[]
  /** Tables of the settings that have changed and are used after a restart. */
  readonly waiting: readonly string[]
  /** What cannot be used, so that what was in force stays. */
  readonly faults: readonly Fault[]
}

/**
 * Records what happens without a request: starts, reloads, how changes end, and whether the hub lets the
 * agent in.
 */
export interface AuditTrail {
  readonly started: (version: string) => void
  readonly reloaded: (reloaded: Reloaded) => void
  readonly progress: (progress: ChangeProgress) => void
  readonly hub: (state: HubState) => void
}

const ENDS = ['confirmed', 'rolled-back', 'stuck'] as const

/** The same end, or the same state of the hub, is recorded once. */
export function createAuditTrail({ record, router, wall }: AuditTo): AuditTrail {
  let lastEnd = ''
  let lastHub = ''

  function write(entry: Omit<AuditRecord, 'at' | 'actor' | 'router'>): void {
    const actor = { kind: 'agent', name: 'demarcd' } as const
    void record({ at: wall().toISOString(), actor, router, ...entry })
  }

  return {
    started: (version) =>
      write({ from: '', action: 'agent.start', outcome: 'done', detail: `demarcd ${version}` }),
    // A signal does not say who sent it: root, or the user of the agent.
    reloaded(reloaded) {
      const { code } = auditReason(reloaded.faults)
      const outcome = code === undefined ? 'done' : 'failed'
      const detail = cutText(reloadText(reloaded), TEXT_LIMITS.sentence)
      const reason = code === undefined ? {} : { code }
      write({ from: 'SIGHUP', action: 'reload', outcome, ...reason, detail })
    },
    progress({ change, generation, digest, phase, faults = [] }) {
      const outcome = ENDS.find((end) => end === phase)
      const end = `${change} ${phase}`
      if (outcome === undefined || end === lastEnd) return
      lastEnd = end
      write({
        from: '',
        action: 'change',
        change,
        generation,
        digest,
        outcome,
        ...auditReason(faults),
      })
    },
    hub({ url, connected, lastError }) {
      const now = `${url} ${connected ? 'connected' : lastError}`
      if (now === lastHub || (!connected && lastError === null)) return
      lastHub = now
      const from = cutText(url ?? '', TEXT_LIMITS.subject)
      if (connected) return write({ from, action: 'hub.connect', outcome: 'done' })
      const detail = cutText(lastError ?? '', TEXT_LIMITS.sentence)
      write({ from, action: 'hub.connect', outcome: 'failed', detail })
    },
  }
}

function reloadText({ changed, waiting, faults }: Reloaded): string {
  const reasons = faults.map(({ at, message }) => `${at}: ${message}`)
  return [
    ...reasons.map((reason) => `${reason}; what was read before stays in force`),
    changed.length === 0 ? 'nothing in force has changed' : `changed: ${changed.join(', ')}`,
    ...(waiting.length === 0 ? [] : [`used after a restart: ${waiting.join(', ')}`]),
  ].join('; ')
}
