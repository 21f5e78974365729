import type { Fault } from '../../../core/base/fault.js'
import { FaultError, fault } from '../../../core/base/fault.js'
import type { Seconds } from '../../../core/base/time.js'
import { Refusal } from '../../command/context.js'
import { readText } from '../../command/files.js'
import type { Destination } from '../../../edge/ssh/session.js'
import { install, type Installation, type Installed } from '../install.js'
import { readCredentials, readTrust, type LoginFlags } from '../login.js'
import { readGivenFiles, type GivenFiles } from '../operators-files.js'
import { readPackages } from '../package-file.js'
import { fill, targetsOf, type Target } from './targets.js'

/** What the operator gives for one command. */
export interface FleetFlags extends LoginFlags, GivenFiles {
  readonly port: number
  readonly package?: readonly string[]
  readonly previous?: readonly string[]
  /** Commander's name for `--no-return`. */
  readonly return: boolean
  readonly hosts?: string
  readonly set?: readonly string[]
  readonly replace: boolean
  readonly continue: boolean
  /** Routers that are worked on at the same time. */
  readonly parallel: number
  readonly wait: Seconds
  readonly soak: Seconds
}

/** What became of one router. `skipped`: another one failed before its turn. */
export type Outcome =
  | ({ readonly host: string } & Installed)
  | { readonly host: string; readonly outcome: 'failed'; readonly faults: readonly Fault[] }
  | { readonly host: string; readonly outcome: 'skipped' }

/**
 * Installs every router, some at a time, in the given order; no other is begun after one has failed, unless
 * `continue`. Everything on the operator's machine is read and checked before the first log-in: a Refusal has all of its
 * faults. `progress` gets lines with the host that they are about.
 */
export async function installAll(
  destinations: readonly Destination[],
  flags: FleetFlags,
  progress: (host: string, message: string) => void,
): Promise<readonly Outcome[]> {
  const installations = await prepare(destinations, flags)
  const outcomes = new Map<Installation, Outcome>()
  const waiting = [...installations]
  let hasFailed = false
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await installOne(next, (message) => progress(hostOf(next), message))
      outcomes.set(next, outcome)
      if (outcome.outcome === 'failed') hasFailed = true
      if (hasFailed && !flags.continue) waiting.length = 0
    }
  }
  await Promise.all(Array.from({ length: flags.parallel }, work))
  return installations.map(
    (each) => outcomes.get(each) ?? { host: hostOf(each), outcome: 'skipped' },
  )
}

const hostOf = ({ to }: Installation): string => to.host

async function installOne(
  wanted: Installation,
  progress: (message: string) => void,
): Promise<Outcome> {
  const host = hostOf(wanted)
  try {
    return { host, ...(await install(wanted, progress)) }
  } catch (error) {
    if (error instanceof Refusal) return { host, outcome: 'failed', faults: error.faults }
    if (error instanceof FaultError) return { host, outcome: 'failed', faults: [error.fault] }
    throw error
  }
}

async function prepare(
  destinations: readonly Destination[],
  flags: FleetFlags,
): Promise<readonly Installation[]> {
  const { hosts: file, port, set: settings = [] } = flags
  const hosts = file === undefined ? null : { name: file, text: await readText(file) }
  const targets = targetsOf({ destinations, hosts, settings, port })
  if (flags.hostKey !== undefined && targets.length > 1) {
    const message = 'is the key of one router: give --known-hosts for several'
    throw new Refusal([fault('CONFIG_VALUE', '--host-key', message)])
  }
  const packages = await readPackages('--package', flags.package ?? [])
  const previous = await readPackages('--previous', flags.previous ?? [])
  const credentials = await readCredentials(flags)
  const read = await Promise.all(
    targets.map((target) => caught(async () => prepareOne(target, flags))),
  )
  const faults = read.flatMap((found) => ('faults' in found ? found.faults : []))
  if (faults.length > 0) throw new Refusal(faults)
  const { return: mayReturn, wait, soak } = flags
  return read.flatMap((found) =>
    'faults' in found ? [] : [{ ...found, packages, previous, credentials, mayReturn, wait, soak }],
  )
}

async function prepareOne({ to, values }: Target, flags: FleetFlags) {
  const filled = (text: string, place: string): string => {
    const wrong: string[] = []
    const done = fill(text, values, (message) => wrong.push(message))
    if (wrong.length > 0) {
      throw new Refusal(wrong.map((message) => fault('CONFIG_VALUE', place, message)))
    }
    return done
  }
  const path = (flag: 'token' | 'ca') => {
    const name = flags[flag]
    return name === undefined ? {} : { [flag]: filled(name, `--${flag}`) }
  }
  const { settings, replace } = flags
  const files = { ...(settings === undefined ? {} : { settings }), ...path('token'), ...path('ca') }
  const given = await readGivenFiles({ ...files, replace }, filled)
  return { to, trust: await readTrust(flags, to), given }
}

async function caught<T extends object>(
  task: () => Promise<T>,
): Promise<T | { readonly faults: readonly Fault[] }> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof Refusal) return { faults: error.faults }
    throw error
  }
}
