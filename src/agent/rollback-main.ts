#!/usr/bin/env node
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { FaultError } from '../core/base/fault.js'
import { parseAgentSettings } from '../core/config/agent-file.js'
import type { AgentSettings } from '../core/config/settings.js'
import { AGENT_METHODS } from '../core/wire/messages.js'
import { systemClock } from '../edge/host/clock.js'
import { bootId } from '../edge/host/facts/identity.js'
import { complain } from '../edge/host/program.js'
import { endProcess } from '../edge/host/processes.js'
import { readSetting, readState } from '../edge/host/files/state-files.js'
import { takeWriterLock, type WriterLock } from '../edge/host/files/writer-lock.js'
import { connectLocal } from '../edge/socket/local.js'
import { isOverdue } from '../core/change/recovery.js'
import { journalSecrets, NO_HUB, openChangePorts } from './change-wiring.js'
import { JOURNAL_FILE, readJournal, type JournalEntry } from './change/journal.js'
import { recoverChange } from './change/recovery.js'
import {
  openVault,
  passingVault,
  type Vault,
  type VaultOptions,
} from '../edge/host/secrets/vault.js'
import { openEdges, type Edges } from './edges.js'

/*
 * demarc-rollback: started by a timer while a change is unsettled. It does nothing before the deadline
 * is well over, nor while the agent answers. An agent that hangs is ended first, so that the undo is
 * never run by two at once.
 */

/** ms that the agent is given to answer, and a lock to become free. */
const PATIENCE = 10_000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { config: { type: 'string', default: '/etc/demarc/demarc.toml' } },
  })
  const settings = parseAgentSettings(await readSetting(values.config), values.config)
  if (!settings.ok) return complain(settings.faults)
  const entry = await overdueEntry(settings.value)
  if (entry === null) return 0
  const lock = await lockFrom(entry, settings.value)
  if (lock === null) return 0
  try {
    return await undo(entry, settings.value)
  } finally {
    await lock.release()
  }
}

/** null: nothing waits to be undone, or its time has not come. A damaged journal is the agent's to set aside. */
async function overdueEntry({ state }: AgentSettings): Promise<JournalEntry | null> {
  const found = await readJournal(() => readState(join(state.dir, JOURNAL_FILE)))
  if (!found.ok || found.value === null) return null
  return isOverdue(found.value, { bootId: await bootId(), now: systemClock.now() })
    ? found.value
    : null
}

/** null: the agent is alive and sees to it. */
async function lockFrom(entry: JournalEntry, { state }: AgentSettings): Promise<WriterLock | null> {
  const free = await takeWriterLock(state.dir)
  if (free !== null) return free
  if (await answers(state.socket)) return null
  say(`the agent (process ${entry.pid}) does not answer; it is ended, and the change undone`)
  await endProcess(entry.pid, 'demarcd.js')
  for (const end = systemClock.now() + PATIENCE; systemClock.now() < end; await sleep(100)) {
    const lock = await takeWriterLock(state.dir)
    if (lock !== null) return lock
  }
  say('somebody else has begun to write; it is left to them')
  return null
}

async function answers(socket: string): Promise<boolean> {
  const agent = await connectLocal({
    path: socket,
    mine: {},
    theirs: AGENT_METHODS,
    handlers: () => ({}),
  })
  if (!agent.ok) return false
  const pong = await agent.value.call('ping', {}, { timeout: PATIENCE })
  agent.value.terminate('asked')
  return pong.ok
}

async function undo(entry: JournalEntry, settings: AgentSettings): Promise<number> {
  const world = await openUndoWorld(settings)
  try {
    const ports = await openChangePorts(settings, world, {
      ear: NO_HUB,
      unsettled: () => entry.kept.ref.generation,
      damaged: 'spared',
    })
    const deeds: (() => Promise<void>)[] = []
    const change = await recoverChange(
      {
        ...ports,
        hubRoute: async () => null,
        pollInterval: PATIENCE,
        onProgress: ({ change: name, phase }) => say(`change ${name}: ${phase}`),
        onWaiting: () => undefined,
        onSyncState: ({ faults }) => faults.forEach(({ at, message }) => say(`${at}: ${message}`)),
        exclusively: (deed) => deeds.push(deed),
      },
      journalSecrets(world).openSecrets,
    )
    return change === null || change.settled() ? 0 : 1
  } finally {
    world.close()
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/**
 * The edges for demarc-rollback, which must not end by what ends the agent. It sets no file aside: those
 * that it cannot open under a key of its own may be whole.
 */
async function openUndoWorld(settings: AgentSettings): Promise<Edges> {
  const world = await openEdges(settings, anyVault)
  return { ...world, files: { ...world.files, setAside: async (name) => name } }
}

/** Kernel state needs no password: without the router's vault it is undone all the same. */
async function anyVault(options: VaultOptions): Promise<Vault> {
  try {
    return await openVault(options)
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    const { code, at, message } = error.fault
    say(`${code}  ${at}: ${message}; undone without the passwords that are sealed under it`)
    return passingVault()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof FaultError)) throw error
  process.exitCode = complain([error.fault])
}
