import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { SEVERITIES, type Severity } from '../../core/model/health.js'
import { patchedHealth, type HealthReading } from '../../core/wire/health-reading.js'
import { KEYS } from '../store/keys.js'
import { HealthBase, HealthPatchRecord } from '../store/records.js'
import type { Store } from '../store/store.js'

/** A router of another version may have a severity that this hub does not know. */
export function knownSeverity(word: string | undefined): Severity {
  return SEVERITIES.find((severity) => severity === word) ?? 'unknown'
}

export interface HealthDocumentAt {
  readonly sequence: number
  readonly at: string
  readonly health: HealthReading
}

/**
 * The router's health as of its newest report; undefined before the first. `STATE_DAMAGED` where what is
 * stored cannot be read.
 */
export async function readHealth(
  store: Store,
  id: string,
): Promise<Result<HealthDocumentAt | undefined>> {
  const base = await store.get(KEYS.healthBase(id))
  if (base === undefined) return ok(undefined)
  const first = HealthBase.safeParse(base)
  const patches = (await store.range({ under: KEYS.healthPatches(id) })).map(({ value }) =>
    HealthPatchRecord.safeParse(value),
  )
  const readable = patches.flatMap(({ data }) => (data === undefined ? [] : [data]))
  if (!first.success || readable.length < patches.length) {
    const detail = 'is not what the hub wrote; the next full report of the router replaces it'
    return refused(fault('STATE_DAMAGED', `health of ${id}`, detail))
  }
  return ok(
    readable.reduce<HealthDocumentAt>(
      (merged, { sequence, at, health }) => ({
        sequence,
        at,
        health: patchedHealth(merged.health, health),
      }),
      first.data,
    ),
  )
}
