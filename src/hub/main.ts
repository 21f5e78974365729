#!/usr/bin/env node
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fault, FaultError } from '../core/base/fault.js'
import { refused, type Result } from '../core/base/result.js'
import { millis } from '../core/base/time.js'
import { VERSION } from '../core/base/version.js'
import { parseHubSettings } from '../core/config/hub-file.js'
import type { HubSettings } from '../core/config/settings.js'
import { surviveRejections } from '../edge/host/last-net.js'
import { guardOutput } from '../edge/host/output.js'
import { aborted, complain, EXIT, print } from '../edge/host/program.js'
import { openLog, type OpenLog } from '../edge/host/log.js'
import { logProfileFaults, openProfiles, profileDir } from '../edge/host/profiles/profile-files.js'
import { readSettingsFiles } from '../edge/host/files/settings-files.js'
import { attempt } from '../core/base/attempt.js'
import { createSerialQueue } from '../core/base/serial-queue.js'
import { startHub, type Hub } from './hub.js'
import { runInit } from './init/command.js'
import { backUpOffline } from './offline-backup.js'
import { checkNamedFiles } from './settings.js'

const HELP = `demarc-hub ${VERSION}: pushes intents to routers and stores what they report.

Usage: demarc-hub --config FILE
       demarc-hub --data DIR [--listen ADDRESS:PORT]
       demarc-hub init NAME... [--router ID]...    make a first hub: certificate, tokens, settings
       demarc-hub renew                            renew its certificate; "demarc-hub init --help" has both

  --config FILE   settings, TOML (see config/hub.toml); FILE.d/*.toml are laid over it
  --data DIR      without a file: store everything in DIR
  --listen A:P    without a file: loopback address and port (default 127.0.0.1:7480; 0: any)
  --check         check the settings and the files they name, and end
  --backup TO     copy the data directory of a hub that does not run to TO, and end; of one that
                  runs: POST /v1/backup
  --accept-damage start with what is left of a damaged store; the damaged files are set aside
  --version       print the version
  --help          print this

Agents connect to /agent with their token, operators to /v1 with theirs. If the settings name no
operator token, the first start makes one in DIR/operator-token:

  curl -H "Authorization: Bearer $(cat DIR/operator-token)" http://127.0.0.1:7480/v1/routers
  curl -H … -d '{"id":"par-edge-1"}' http://127.0.0.1:7480/v1/routers          → the router's token
  curl -H … -T intent.json http://127.0.0.1:7480/v1/routers/par-edge-1/intent  → pushed
  curl -H … -N http://127.0.0.1:7480/v1/stream                                 → what happens

SIGHUP reads tokens, certificate, profiles of providers and log level again. SIGTERM stops it; everything that was
acknowledged is on disk. docs/hub.md explains the whole API.
`

/** Time a stop may take; systemd waits longer (TimeoutStopSec). */
const STOP_DEADLINE = millis(10_000)

async function main(): Promise<number> {
  guardOutput()
  const [verb = ''] = process.argv.slice(2)
  if (verb === 'init' || verb === 'renew') return runInit(process.argv.slice(2))
  const flags = readFlags()
  if (flags === undefined) return EXIT.usage
  if (flags.help) return print(HELP)
  if (flags.version) return print(`${VERSION}\n`)
  const settings = await readSettings(flags)
  if (!settings.ok) return complain(settings.faults)
  if (flags.check) return check(settings.value)
  if (flags.backup !== undefined) return backup(settings.value, flags.backup)
  return run(settings.value, flags)
}

async function backup(settings: HubSettings, to: string): Promise<number> {
  const made = await backUpOffline(settings, to)
  return print(`copied ${made.entries} entries (${made.octets} octets) to ${made.dir}\n`)
}

async function check(settings: HubSettings): Promise<number> {
  const faults = await checkNamedFiles(settings)
  return faults.length > 0 ? complain(faults) : print('the settings are good\n')
}

interface Flags {
  readonly config?: string
  readonly data?: string
  readonly listen?: string
  readonly backup?: string
  readonly 'accept-damage': boolean
  readonly check: boolean
  readonly help: boolean
  readonly version: boolean
}

function readFlags(): Flags | undefined {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean', default: false } as const
    const options = {
      config: text,
      data: text,
      listen: text,
      backup: text,
      'accept-damage': flag,
      check: flag,
      help: flag,
      version: flag,
    }
    const { values } = parseArgs({ options })
    const isQuestion = values.help || values.version
    if (isQuestion || (values.config === undefined) !== (values.data === undefined)) return values
    process.stderr.write(`give either --config FILE or --data DIR\n\n${HELP}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
  return undefined
}

async function readSettings({ config, data, listen }: Flags): Promise<Result<HubSettings>> {
  if (config !== undefined) {
    const { text, dropIns } = await readSettingsFiles(config)
    return parseHubSettings(text, config, dropIns)
  }
  const at = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(listen ?? '127.0.0.1:7480')
  if (at === null) {
    const detail = `must be ADDRESS:PORT, for example 127.0.0.1:7480; is ${listen}`
    return refused(fault('CONFIG_VALUE', '--listen', detail))
  }
  // Made into a file, so that it gets the same checks; a JSON string is a TOML string as well.
  const toml = [
    '[listen]',
    `address = ${JSON.stringify(at[1])}`,
    `port = ${Number(at[2])}`,
    '[data]',
    `dir = ${JSON.stringify(data)}`,
  ]
  return parseHubSettings(toml.join('\n'), 'arguments')
}

async function run(settings: HubSettings, flags: Flags): Promise<number> {
  // From the first moment on: by default SIGHUP ends a process.
  const reloads = { wanted: (): void => undefined }
  process.on('SIGHUP', () => reloads.wanted())
  const log = openLog({ level: settings.log.level })
  surviveRejections(log)
  const profiles = await openProfiles(
    profileDir(flags.config ?? join(settings.data.dir, 'hub.toml')),
  )
  logProfileFaults(profiles, log)
  const stop = new AbortController()
  let failed = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const hub = await startHub({
    settings,
    log,
    wall: () => new Date(),
    profiles,
    acceptDamage: flags['accept-damage'],
    onFailure(error) {
      failed = true
      log.error({ event: 'store', error }, 'the store cannot be written; the hub ends')
      stop.abort()
    },
  })
  const queue = createSerialQueue()
  reloads.wanted = () =>
    void queue.run(async () => {
      await profiles.reread()
      logProfileFaults(profiles, log)
      await reload(hub, flags, log)
    })
  await aborted(stop.signal)
  const deadline = setTimeout(() => process.exit(EXIT.failed), STOP_DEADLINE)
  await hub.close()
  clearTimeout(deadline)
  log.info({ event: 'stopped' }, 'stopped')
  return failed ? EXIT.failed : EXIT.done
}

/** Reads the settings again. Whatever is wrong with them is logged, and the hub goes on as it was. */
async function reload(hub: Hub, flags: Flags, log: OpenLog): Promise<void> {
  try {
    const read = await attempt(async () => readSettings(flags))
    const settings = read.ok ? read.value : read
    if (!settings.ok) {
      const { faults } = settings
      log.error({ event: 'reload-refused', faults }, 'the settings cannot be used; nothing changes')
    } else if (await hub.reload(settings.value)) log.setLevel(settings.value.log.level)
  } catch (error) {
    log.error({ event: 'reload-failed', error }, 'the settings were not read again')
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof FaultError)) throw error
  process.exitCode = complain([error.fault])
}
