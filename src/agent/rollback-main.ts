#!/usr/bin/env node
import { join } from 'node:path'
import { attempt } from '../core/base/attempt.js'
import { millis } from '../core/base/time.js'
import { parseAgentSettings } from '../core/config/agent-file.js'
import type { AgentSettings } from '../core/config/settings.js'
import { VERSION } from '../core/base/version.js'
import { AGENT_METHODS } from '../core/wire/messages.js'
import { systemClock } from '../edge/host/clock.js'
import { bootId } from '../edge/host/facts/identity.js'
import { ignoreOutputErrors } from '../edge/host/output.js'
import { complain, print, readArguments } from '../edge/host/program.js'
import { endProcess } from '../edge/host/processes.js'
import { readSettingsFiles } from '../edge/host/files/settings-files.js'
import { readState } from '../edge/host/files/state-files.js'
import { takeWriterLock, type WriterLock } from '../edge/host/files/writer-lock.js'
import { connectLocal } from '../edge/socket/local.js'
import { isOverdue } from '../core/change/recovery.js'
import { NO_HUB, openChangePorts } from './change-wiring.js'
import { JOURNAL_FILE, readJournal, type JournalEntry } from './change/journal.js'
import { recoverChange } from './change/recovery.js'
import type { ChangeObserver, ChangeSchedule } from './change/ports.js'
import { createChangeParts } from './change/run.js'
import {
  openVault,
  passingVault,
  type Vault,
  type VaultOptions,
} from '../edge/host/secrets/vault.js'
import { openEdges, type Edges } from './edges.js'

/*
 * demarc-rollback is started by a timer while a change is not settled. It does nothing until well after the
 * deadline, nor while the agent answers. An agent that hangs is ended first, so that a rollback is never
 * done by two processes at once.
 */

const HELP = `demarc-rollback ${VERSION}: rolls a change back that is past its deadline when the agent is dead or hangs.

Usage: demarc-rollback [--config FILE]

  --config FILE   the settings of demarcd, TOML (default /etc/demarc/demarc.toml); FILE.d/*.toml are laid over it
  --version       print the version
  --help          print this

Started by systemd (demarc-rollback.timer) while a change is not finished. It does nothing before the
deadline, nor while the agent answers. Its exit status is 0 when there is nothing more to do.
`

/** Time that the agent has to answer, and its lock to become free. */
const PATIENCE = millis(10_000)
const LOCK_INTERVAL = millis(100)

/** The program ends after the rollback, so it does not query the witnesses again. */
const NO_SCHEDULE: ChangeSchedule = {
  exclusively: () => undefined,
  pollInterval: PATIENCE,
  signal: AbortSignal.abort(),
}

const PRINTER: ChangeObserver = {
  onProgress: ({ change, phase }) => printLine(`change ${change}: ${phase}`),
  onPending: () => undefined,
  onSyncState: ({ faults }) => faults.forEach(({ at, message }) => printLine(`${at}: ${message}`)),
}

async function main(): Promise<number> {
  ignoreOutputErrors()
  const given = readArguments(HELP)
  if ('end' in given) return given.end
  const { text, dropIns } = await readSettingsFiles(given.config)
  const settings = parseAgentSettings(text, given.config, dropIns)
  if (!settings.ok) return complain(settings.faults)
  const entry = await overdueEntry(settings.value)
  if (entry === null) return 0
  const lock = await lockFrom(entry, settings.value)
  if (lock === null) return 0
  try {
    return await rollBack(entry, settings.value)
  } finally {
    await lock.release()
  }
}

/**
 * null: no change is unsettled, or the agent still has time to settle it. A damaged journal is left to the
 * agent, which renames it.
 */
async function overdueEntry({ state }: AgentSettings): Promise<JournalEntry | null> {
  const found = await readJournal(() => readState(join(state.dir, JOURNAL_FILE)))
  if (!found.ok || found.value === null) return null
  return isOverdue(found.value, { bootId: await bootId(), now: systemClock.now() })
    ? found.value
    : null
}

/** The lock of the state directory; null: the agent answers and settles the change itself. */
async function lockFrom(entry: JournalEntry, { state }: AgentSettings): Promise<WriterLock | null> {
  const free = await takeWriterLock(state.dir)
  if (free !== null) return free
  if (await answers(state.socket)) return null
  printLine(
    `the agent (process ${entry.pid}) does not answer; it is ended, and the change rolled back`,
  )
  await endProcess(entry.pid, 'demarcd.js')
  const end = systemClock.now() + PATIENCE
  for (; systemClock.now() < end; await systemClock.sleep(LOCK_INTERVAL)) {
    const lock = await takeWriterLock(state.dir)
    if (lock !== null) return lock
  }
  printLine('another process holds the state directory; the rollback is left to it')
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
  const pong = await agent.value.call('ping', {}, { timeout: millis(PATIENCE) })
  agent.value.terminate('asked')
  return pong.ok
}

async function rollBack(entry: JournalEntry, settings: AgentSettings): Promise<number> {
  const edges = await openRollbackEdges(settings)
  try {
    const { ports } = await openChangePorts(settings, edges, {
      hub: NO_HUB,
      unsettled: () => entry.kept.ref.generation,
      damaged: 'spared',
    })
    const parts = createChangeParts(ports, NO_SCHEDULE, PRINTER)
    const change = await recoverChange(parts, ports.clock, ports.secrets)
    return change === null || change.isSettled() ? 0 : 1
  } finally {
    edges.close()
  }
}

function printLine(text: string): void {
  print(`${text}\n`)
}

/**
 * Opens the edges for a rollback, which must succeed where the agent fails to start. No file is set aside:
 * a file that cannot be opened under a new key may be undamaged.
 */
async function openRollbackEdges(settings: AgentSettings): Promise<Edges> {
  const edges = await openEdges(settings, vaultOrNone)
  return { ...edges, files: { ...edges.files, setAside: async (name) => name } }
}

/**
 * Kernel state needs no password, so it is rolled back even without the router's vault. A key that is lost is not made anew: it
 * may come back from a backup.
 */
async function vaultOrNone(options: VaultOptions): Promise<Vault> {
  const vault = await attempt(() => openVault({ ...options, mayMakeKey: false }))
  if (vault.ok) return vault.value
  for (const { code, at, message } of vault.faults) {
    printLine(`${code}  ${at}: ${message}; rolled back without the passwords sealed under it`)
  }
  return passingVault()
}

const done = await attempt(main)
process.exitCode = done.ok ? done.value : complain(done.faults)
