import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../support/process/command.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { Agents } from './agents.js'

/** What is done to a router in the middle of a change. */
export const BLOWS = ['agent', 'bgpd', 'zebra', 'disk-full', 'read-only'] as const
export type BlowName = (typeof BLOWS)[number]

export interface Blow {
  readonly strike: () => Promise<void>
  /** What an operator or watchfrr would do; resolves when it is done. */
  readonly mend: () => Promise<void>
  /** Sessions that end of it, whatever the agent does. */
  readonly ends: 'no session' | 'every session'
  /** A change may be refused or get stuck for it until it is mended. */
  readonly refuses: boolean
}

/** ms that watchfrr takes to notice and start a daemon. */
const WATCHFRR = 1000

export function blowOf(
  name: BlowName,
  on: { readonly agents: Agents; readonly frr: FrrDaemons; readonly stateDir: string },
): Blow {
  const calm = { ends: 'no session', refuses: false } as const
  switch (name) {
    case 'agent':
      return { ...calm, strike: async () => on.agents.kill(), mend: async () => undefined }
    case 'bgpd':
      return { ...calm, ...killing(on.frr, 'bgpd'), ends: 'every session' }
    case 'zebra':
      return { ...calm, ...killing(on.frr, 'zebra') }
    case 'disk-full':
      return { ...calm, ...filling(on.stateDir), refuses: true }
    case 'read-only':
      return { ...calm, ...freezing(on.stateDir), refuses: true }
  }
}

/** Fills the state directory, which is a file system of its own, see `layState`. */
export const FILLER = 'filler'

type Deeds = Pick<Blow, 'strike' | 'mend'>

function killing(frr: FrrDaemons, daemon: 'bgpd' | 'zebra'): Deeds {
  let back: Promise<void> = Promise.resolve()
  return {
    async strike() {
      await frr.kill(daemon)
      back = sleep(WATCHFRR).then(() => frr.restart(daemon))
    },
    mend: () => back,
  }
}

function filling(stateDir: string): Deeds {
  const file = join(stateDir, FILLER)
  return {
    async strike() {
      for (const chunk of [1 << 20, 1 << 12]) fill(file, chunk)
    },
    mend: async () => rmSync(file, { force: true }),
  }
}

function fill(file: string, chunk: number): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(chunk), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

function freezing(stateDir: string): Deeds {
  const remount = async (how: string): Promise<void> =>
    void run('mount', '-o', `remount,${how}`, stateDir)
  return { strike: () => remount('ro'), mend: () => remount('rw') }
}
