import type { AuditRecord } from '../../core/wire/audit.js'
import { printable, table } from './table.js'
import { localTime } from './time.js'

/** The lines of the audit as a table. */
export function renderAudit(records: readonly AuditRecord[]): string {
  const rows = records.map(({ at, actor, from, action, generation, change, outcome, detail }) => [
    localTime(at),
    actor.name === '' ? actor.kind : `${actor.kind} ${printable(actor.name)}`,
    actor.name === from ? '' : printable(from),
    printable(action),
    generation === undefined ? '' : String(generation),
    printable(change ?? ''),
    outcome,
    printable(detail ?? ''),
  ])
  return table(['at', 'who', 'from', 'action', 'generation', 'change', 'outcome', 'detail'], rows)
}
