import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../support/process/command.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { Agents } from './agents.js'

/** The faults that a run can inject in the middle of a change. */
export const FAULT_KINDS = ['agent', 'bgpd', 'zebra', 'disk-full', 'read-only'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultInjection {
  readonly inject: () => Promise<void>
  /** Does what an operator or watchfrr would do; resolves when the cause is removed. */
  readonly recover: () => Promise<void>
  /** Sessions that the fault itself ends, whatever the agent does. */
  readonly sessionsLost: 'none' | 'all'
  /** The agent may refuse a change, or leave it stuck, until the cause is removed. */
  readonly mayRefuse: boolean
}

/** ms that watchfrr takes to notice and start a daemon. */
const WATCHFRR = 1000

export function faultInjection(
  kind: FaultKind,
  router: { readonly agents: Agents; readonly frr: FrrDaemons; readonly stateDir: string },
): FaultInjection {
  const { agents, frr, stateDir } = router
  const harmless = { sessionsLost: 'none', mayRefuse: false } as const
  switch (kind) {
    case 'agent':
      return { ...harmless, inject: async () => agents.kill(), recover: async () => undefined }
    case 'bgpd':
      return { ...harmless, ...killDaemon(frr, 'bgpd'), sessionsLost: 'all' }
    case 'zebra':
      return { ...harmless, ...killDaemon(frr, 'zebra') }
    case 'disk-full':
      return { ...harmless, ...fillDisk(stateDir), mayRefuse: true }
    case 'read-only':
      return { ...harmless, ...mountReadOnly(stateDir), mayRefuse: true }
  }
}

/** Name of the file that fills the state directory. */
export const FILLER = 'filler'

type Actions = Pick<FaultInjection, 'inject' | 'recover'>

function killDaemon(frr: FrrDaemons, daemon: 'bgpd' | 'zebra'): Actions {
  let restarted: Promise<void> = Promise.resolve()
  return {
    async inject() {
      await frr.kill(daemon)
      restarted = sleep(WATCHFRR).then(() => frr.restart(daemon))
    },
    recover: () => restarted,
  }
}

/** The state directory is a file system of its own, so nothing else runs out of space. */
function fillDisk(stateDir: string): Actions {
  const file = join(stateDir, FILLER)
  return {
    async inject() {
      for (const chunk of [1 << 20, 1 << 12]) fill(file, chunk)
    },
    recover: async () => rmSync(file, { force: true }),
  }
}

function fill(file: string, chunk: number): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(chunk), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

function mountReadOnly(stateDir: string): Actions {
  const remount = async (option: 'ro' | 'rw'): Promise<void> =>
    void run('mount', '-o', `remount,${option}`, stateDir)
  return { inject: () => remount('ro'), recover: () => remount('rw') }
}
