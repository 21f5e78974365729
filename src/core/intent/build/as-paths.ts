import { type Fault, fault } from '../../base/fault.js'
import type { AsPathPolicy, AsRange } from '../../model/bgp.js'
import { mergedRanges } from '../../routes/as-path.js'
import type { IntentFamily } from '../../wire/intent.js'

type Written = NonNullable<NonNullable<IntentFamily['import']>['asPaths']>

const KEYS = ['without', 'startingWith', 'originatedBy'] as const
const HIGHEST = 4_294_967_295

export function asPathPolicy(written: Written | undefined): AsPathPolicy | null {
  if (written === undefined) return null
  const { without = [], startingWith = [], originatedBy = [], maxLength = null } = written
  return {
    without: ranges(without),
    startingWith: ranges(startingWith),
    originatedBy: ranges(originatedBy),
    maxLength,
  }
}

/** A range that is none, at its place. */
export function checkAsPaths(written: Written | undefined, at: string): readonly Fault[] {
  return KEYS.flatMap((key) =>
    (written?.[key] ?? []).flatMap((text, i) => {
      const { low, high } = range(text)
      if (low <= high && high <= HIGHEST) return []
      const message = `must be an AS number up to ${HIGHEST}, or a range of them, the lower one first`
      return [fault('INTENT_VALUE', `${at}.${key}[${i}]`, message)]
    }),
  )
}

function ranges(texts: readonly string[]): readonly AsRange[] {
  return mergedRanges(texts.map(range))
}

function range(text: string): AsRange {
  const [low = '', high = low] = text.split('-')
  return { low: Number(low), high: Number(high) }
}
