import { auditReason, type AuditRecord } from '../../core/wire/audit.js'
import { cutText, TEXT_LIMITS } from '../../core/wire/limits.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import type { HubState } from '../hub/link.js'
import type { AuditTo } from './guarded-methods.js'

/** Records what happens without a request: how changes end, and whether the hub lets the agent in. */
export interface AuditTrail {
  readonly started: (version: string) => void
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
