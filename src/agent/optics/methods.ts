import { ok, type Result } from '../../core/base/result.js'
import type { BaselineParams, OpticsReport } from '../../core/wire/message-fields.js'
import type { AgentResult } from '../../core/wire/messages.js'
import type { LightMemories } from './light-memories.js'

/** What the methods about light work with. */
export interface OpticsMethods {
  readonly lights: Pick<LightMemories, 'renew' | 'report'>
  /** Asks for a look at the router, which shows what is new. */
  readonly look: (reason: string) => void
  readonly wall: () => Date
}

export async function renewBaseline(
  { port }: BaselineParams,
  { lights, look }: OpticsMethods,
): Promise<Result<AgentResult<'optics.baseline'>>> {
  const renewed = await lights.renew(port)
  if (!renewed.ok) return renewed
  look('baseline')
  const { at, lanes } = renewed.value
  return ok({ port, at, lanes: [...lanes] })
}

export async function reportOptics(
  { port, at, from, outputPower, inputPower, limits }: OpticsReport,
  { lights, look, wall }: OpticsMethods,
): Promise<Result<AgentResult<'optics.report'>>> {
  const { highAlarm = null, highWarning = null, lowWarning = null, lowAlarm = null } = limits
  const reported = await lights.report(port, {
    at: at ?? wall().toISOString(),
    from,
    outputPower: outputPower ?? null,
    inputPower: inputPower === null ? 'none' : (inputPower ?? null),
    limits: { highAlarm, highWarning, lowWarning, lowAlarm },
  })
  if (!reported.ok) return reported
  look('optics-report')
  return ok({ receivedAt: reported.value.receivedAt })
}
