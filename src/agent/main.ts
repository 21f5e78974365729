#!/usr/bin/env node
import { fault, FaultError } from '../core/base/fault.js'
import { millis } from '../core/base/time.js'
import { VERSION } from '../core/base/version.js'
import { parseAgentSettings } from '../core/config/agent-file.js'
import { createSerialQueue } from '../core/base/serial-queue.js'
import { systemClock } from '../edge/host/clock.js'
import { takeWriterLock, type WriterLock } from '../edge/host/files/writer-lock.js'
import { guardOutput } from '../edge/host/output.js'
import { complain, EXIT, readArguments } from '../edge/host/program.js'
import { surviveRejections } from '../edge/host/last-net.js'
import { openService } from '../edge/host/systemd-notify.js'
import { readSettingsFiles } from '../edge/host/files/settings-files.js'
import { makeStateDir } from '../edge/host/files/state-files.js'
import { openProfiles, profileDir } from '../edge/host/profiles/profile-files.js'
import { runAgent } from './agent.js'
import { openEdges } from './edges.js'

const HELP = `demarcd ${VERSION}: the agent on the router at the end of a dedicated interconnect.

Usage: demarcd [--config FILE]

  --config FILE   settings, TOML (default /etc/demarc/demarc.toml); FILE.d/*.toml are laid over it
  --version       print the version
  --help          print this

Normally started by systemd (demarcd.service). "demarc check-config" checks the file,
"demarc status" shows what the agent sees. SIGTERM stops it; the data plane stays as it is.
SIGHUP reads token, authorities, passwords, profiles of providers and log level again.
`

async function main(): Promise<number> {
  guardOutput()
  const given = readArguments(HELP)
  if ('end' in given) return given.end
  const { config } = given
  // From the first moment on: by default SIGHUP ends a process.
  const reloads = { wanted: async (): Promise<void> => undefined }
  const queue = createSerialQueue()
  process.on('SIGHUP', () => void queue.run(async () => reloads.wanted()))
  const readSettings = async () => {
    const { text, dropIns } = await readSettingsFiles(config)
    return parseAgentSettings(text, config, dropIns)
  }
  const settings = await readSettings()
  if (!settings.ok) return complain(settings.faults)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  // Before the lock, which needs the directory. Files are only cleaned up by the holder of the lock.
  await makeStateDir(settings.value.state.dir)
  const lock = await waitForLock(settings.value.state.dir)
  if (lock === null) {
    const why = 'another process writes to this router; is a second demarcd running?'
    complain([fault('STATE_UNWRITABLE', settings.value.state.dir, why)])
    return EXIT.tryAgain
  }
  const edges = await openEdges(settings.value)
  surviveRejections(edges.log)
  try {
    await runAgent(settings.value, edges, {
      service: openService(),
      version: VERSION,
      profiles: await openProfiles(profileDir(config)),
      signal: stop.signal,
      readSettings,
      onReload: (task) => (reloads.wanted = task),
    })
  } finally {
    // Ends what was started, which else would keep a failed process alive.
    stop.abort()
    edges.close()
    await lock.release()
  }
  return 0
}

/** Tries for the lock. demarc-rollback may be running; it ends within this number of pauses (60 s). */
const LOCK_TRIES = 120
const LOCK_PAUSE = millis(500)

async function waitForLock(stateDir: string): Promise<WriterLock | null> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const lock = await takeWriterLock(stateDir)
    if (lock !== null) return lock
    await systemClock.sleep(LOCK_PAUSE)
  }
  return null
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof FaultError)) throw error
  process.exitCode = complain([error.fault])
}
