import { join } from 'node:path'
import type { Test } from 'tap'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import type { StateFiles } from '../../../src/edge/host/files/state-files.js'
import { bench, intent, push, type Over } from '../../support/agent/engine.js'

/** A disk that is damaged, full, read-only or empty, under the engine with its real files. */

/**
 * Takes everything until it is full; removing needs no room. Where the last good intent comes `unsynced`
 * it is in its place, but the write fails, and later ones of it are refused.
 */
export function disk(takes: {
  writes: number
  removes: boolean
  lastGood?: 'unsynced' | 'refused' | undefined
}) {
  const full = (name: string) =>
    new FaultError(fault('STATE_UNWRITABLE', name, 'cannot be written'))
  return (files: StateFiles): StateFiles => ({
    ...files,
    async write(name, text) {
      if (takes.writes <= 0) throw full(name)
      takes.writes -= 1
      const flaw = name === 'last-good.json' ? takes.lastGood : undefined
      if (flaw !== 'refused') await files.write(name, text)
      if (flaw === undefined) return
      takes.lastGood = 'refused'
      throw full(name)
    },
    async remove(name) {
      if (!takes.removes) throw full(name)
      await files.remove(name)
    },
    async setAside(name) {
      if (!takes.removes) throw full(name)
      return files.setAside(name)
    },
  })
}

export const FREE = Number.POSITIVE_INFINITY

/** The router runs generation 1. */
export async function settledBench(t: Test, over: Pick<Over, 'drift'> = {}) {
  const takes: Parameters<typeof disk>[0] = { writes: FREE, removes: true }
  const at = await bench(t, { ...over, files: disk(takes) })
  await at.engine.push(push(intent(1)))
  await at.settle()
  await at.engine.reconcile()
  const vlans = () =>
    at.kernel.links().flatMap(({ detail }) => (detail.kind === 'vlan' ? detail.vlanId : []))
  return { ...at, takes, vlans, file: (name: string) => join(at.dir, name) }
}

export const OLD = [100]
export const NEW = [200]
