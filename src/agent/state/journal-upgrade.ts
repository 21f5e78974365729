import * as z from 'zod'
import { upgradeChangeRecord } from '../../core/wire/older/upgrade.js'

/** The members of a format 2 entry whose names or values are others in format 3. */
const Format2Entry = z.looseObject({
  expected: z.array(
    z.strictObject({ subject: z.string(), fresh: z.boolean(), awaited: z.boolean() }),
  ),
  wellBefore: z.array(z.string()),
  passed: z.json(),
  why: z.json(),
  before: z.looseObject({ frr: z.looseObject({ faults: z.json() }) }),
  phase: z.string(),
})

/**
 * A journal entry of format 2, which demarc 0.1.0 wrote, as format 3 has it: an agent that is upgraded in
 * the middle of a change can finish it or roll it back. undefined: it is not an entry of format 2. The
 * caller checks the value against the schema of format 3.
 */
export function upgradeFormat2(stored: unknown): unknown {
  const found = Format2Entry.safeParse(stored)
  if (!found.success) return undefined
  const { expected, wellBefore, passed, why, before, phase, ...same } = found.data
  const { frr } = before
  return {
    ...same,
    expected: expected.map(({ awaited, ...rest }) => ({ ...rest, optional: awaited })),
    healthyBefore: wellBefore,
    phases: upgradeChangeRecord(passed),
    reasons: upgradeChangeRecord(why),
    before: { ...before, frr: { ...frr, faults: upgradeChangeRecord(frr.faults) } },
    phase: phase === 'undoing' ? 'rolling-back' : phase,
  }
}
