import type { Result } from '../base/result.js'
import { ok } from '../base/result.js'
import type { BgpInstance } from '../model/bgp.js'
import type { FrrPlan, HaveFrr } from '../model/plan.js'

/** The least that makes FRR carry the wanted neighbours, or every reason why it must not be done. */
export function planFrr(_want: readonly BgpInstance[], _have: HaveFrr): Result<FrrPlan> {
  return ok({ remove: [], change: [], effects: [] })
}
