import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Seconds } from '../../core/base/time.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import { openSsh, type Destination, type SshSession } from '../../edge/ssh/session.js'
import { Refusal } from '../command/context.js'
import { carryOut } from './execute.js'
import { operatorsFiles, type GivenFiles } from './operators-files.js'
import { systemFiles } from './files.js'
import { waitForHello, type FirstHello } from './first-hello.js'
import { readCredentials, readTrust, type LoginFlags } from './login.js'
import { observeInstalled } from './observe.js'
import { planInstall } from './plan.js'
import { FACTS_SCRIPT, judgePlatform, parseFacts } from './platform.js'
import { openRootShell, type RootShell } from './privilege.js'
import { describeRelease } from './release.js'

/** What the operator gives for one installation. */
export interface InstallFlags extends LoginFlags, GivenFiles {
  /** How long to wait for the agent, and for its connection to the hub. */
  readonly wait: Seconds
}

/** What an installation did, and how the router is now. */
export interface Installed {
  readonly router: string
  readonly release: string
  /** The steps that were carried out, in words; empty: there was nothing to do. */
  readonly changed: readonly string[]
  /** Files that differ and were left as they are, in words. */
  readonly kept: readonly string[]
  readonly agent: FirstHello
}

/**
 * Makes the router as it should be; first installation, upgrade and repair are the same. `progress` gets
 * one line before each step. Throws a Refusal or a FaultError with everything that stands in the way;
 * what can be checked is checked before the first change.
 */
export async function install(
  to: Destination,
  flags: InstallFlags,
  progress: (message: string) => void,
): Promise<Installed> {
  const place = `${to.user}@${to.host}`
  const credentials = await readCredentials(flags)
  const session = await openSsh(to, credentials, await readTrust(flags, to))
  try {
    const facts = parseFacts((await session.run(['sh', '-c', FACTS_SCRIPT])).stdout)
    const faults = judgePlatform(facts, place)
    if (faults.length > 0) throw new Refusal(faults)
    const { password } = credentials
    const root = await openRootShell(session, { uid: facts.uid, password, place })
    return await installAs(root, { session, flags, progress, place })
  } finally {
    session.close()
  }
}

/** The folder of the package, found upwards from the file that this code was bundled into. */
function ownPackage(): string {
  let dir = import.meta.dirname
  while (!existsSync(join(dir, 'systemd/demarcd.service')) && dirname(dir) !== dir) {
    dir = dirname(dir)
  }
  return dir
}

interface Login {
  readonly session: SshSession
  readonly flags: InstallFlags
  readonly progress: (message: string) => void
  readonly place: string
}

async function installAs(root: RootShell, login: Login): Promise<Installed> {
  const { session, flags, progress, place } = login
  const packageDir = ownPackage()
  const operators = await operatorsFiles(root, flags)
  const release = await describeRelease(packageDir)
  const files = [...(await systemFiles(packageDir)), ...operators.files]
  const have = await observeInstalled(
    root,
    files.map(({ path }) => path),
  )
  const want = { release: release.id, files, replace: flags.replace }
  const { steps, kept } = planInstall(want, have, sha256)
  await carryOut(steps, { session, root, release, progress })
  const hub = operators.settings.hub !== null
  if (steps.length > 0)
    progress(hub ? 'wait for the agent to connect to its hub' : 'wait for the agent')
  const agent = await waitForHello(root, { hub, timeout: flags.wait, place })
  return {
    router: operators.settings.agent.id,
    release: release.id,
    changed: steps.map(({ description }) => description),
    kept,
    agent,
  }
}
