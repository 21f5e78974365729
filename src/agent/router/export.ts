import { LIMITS, TEXT_LIMITS, cutText } from '../../core/wire/limits.js'
import { faultsOf, refused, type Result } from '../../core/base/result.js'
import { fault } from '../../core/base/fault.js'
import { exportIntent, type Exported } from '../../core/intent/export/export.js'
import { readBgp } from '../../core/frr/export/bgp.js'
import { foundRoutes } from '../../core/frr/static/plan.js'
import type { Intent } from '../../core/wire/intent.js'
import type { AgentResult } from '../../core/wire/messages.js'
import { readHave } from './steps.js'
import type { RouterPorts } from './ports.js'

/** What an export depends on besides the router itself: its name, and the generation of the new intent. */
export interface ExportTerms {
  readonly routerId: string
  readonly generation: number
  readonly managedPorts: readonly string[]
  readonly running: Intent | null
}

/** Reads the whole router and writes it as an intent; changes nothing. */
export async function exportRouter(
  ports: Pick<RouterPorts, 'kernel' | 'frr'>,
  terms: ExportTerms,
): Promise<Result<Exported>> {
  const { links, protections, frr } = await readHave(ports)
  const exported = exportIntent({
    links,
    protections,
    bgp: readBgp(frr),
    routes: foundRoutes(frr),
    ...terms,
  })
  if (exported.ok) return exported
  const details = faultsOf(exported).map(({ at, message }) => `${at}: ${message}`)
  return refused(fault('BUG', 'export', `the exported intent is not valid: ${details.join('; ')}`))
}

/** The answer on the wire: at most `LIMITS.planLines` of what is not exported, and how many there are. */
export function exportAnswer({ intent, notExported }: Exported): AgentResult<'router.export'> {
  const shown = notExported.slice(0, LIMITS.planLines).map(({ at, why }) => ({
    at: cutText(at, TEXT_LIMITS.subject),
    why: cutText(why, TEXT_LIMITS.sentence),
  }))
  return { intent, notExported: shown, notExportedCount: notExported.length }
}
