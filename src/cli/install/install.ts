import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sha256 } from '../../edge/host/facts/identity.js'
import { openSsh, type SshSession } from '../../edge/ssh/session.js'
import { Refusal } from '../command/context.js'
import { carryOut } from './execute.js'
import { operatorsFiles, type GivenFiles } from './operators-files.js'
import { systemFiles } from './files.js'
import { waitForHello, type FirstHello } from './first-hello.js'
import { readCredentials, readDestination, readTrust, type LoginFlags } from './login.js'
import { observeInstalled } from './observe.js'
import { planInstall } from './plan.js'
import { FACTS_SCRIPT, judgePlatform, parseFacts } from './platform.js'
import { openRootShell, type RootShell } from './privilege.js'
import { describeRelease } from './release.js'

export interface InstallFlags extends LoginFlags, GivenFiles {
  /** Seconds to wait for the first hello. */
  readonly wait: number
}

export interface Installed {
  readonly router: string
  readonly release: string
  /** Empty: there was nothing to do. */
  readonly changed: readonly string[]
  readonly kept: readonly string[]
  readonly agent: FirstHello
}

/** First contact, upgrade and repair are the same deed: make the router as it should be. */
export async function install(
  target: string,
  flags: InstallFlags,
  progress: (says: string) => void,
): Promise<Installed> {
  const to = readDestination(target, flags.port)
  const place = `${to.user}@${to.host}`
  const credentials = await readCredentials(flags)
  const session = await openSsh(to, credentials, await readTrust(flags, to))
  try {
    const facts = parseFacts((await session.run(['sh', '-c', FACTS_SCRIPT])).stdout)
    const complaints = judgePlatform(facts, place)
    if (complaints.length > 0) throw new Refusal(complaints)
    const { password } = credentials
    const root = await openRootShell(session, { uid: facts.uid, password, place })
    return await installAs(root, { session, flags, progress, place })
  } finally {
    session.close()
  }
}

/** The folder that holds the release, from wherever in it this code was bundled to. */
function ownPackage(): string {
  let dir = import.meta.dirname
  while (!existsSync(join(dir, 'systemd/demarcd.service')) && dirname(dir) !== dir) {
    dir = dirname(dir)
  }
  return dir
}

interface Errand {
  readonly session: SshSession
  readonly flags: InstallFlags
  readonly progress: (says: string) => void
  readonly place: string
}

async function installAs(root: RootShell, errand: Errand): Promise<Installed> {
  const { flags, progress, place } = errand
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
  await carryOut(steps, { ...errand, root, release })
  const hub = operators.settings.hub !== null
  if (steps.length > 0) progress(hub ? 'wait for the first hello' : 'wait for the agent')
  const agent = await waitForHello(root, { hub, seconds: flags.wait, place })
  return {
    router: operators.settings.agent.id,
    release: release.id,
    changed: steps.map(({ says }) => says),
    kept,
    agent,
  }
}
