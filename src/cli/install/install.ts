import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { Seconds } from '../../core/base/time.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import {
  openSsh,
  type Credentials,
  type Destination,
  type SshSession,
} from '../../edge/ssh/session.js'
import type { Trust } from '../../edge/ssh/trust.js'
import { Refusal } from '../command/context.js'
import { inWorkplace, type InstallContext } from './execute.js'
import { askStatus, waitForHello, type FirstHello } from './first-hello.js'
import { observeInstalled } from './observe.js'
import { operatorsFiles, type GivenTexts } from './operators-files.js'
import { packageName, type PackageFile } from './package-file.js'
import { planInstall, type HaveInstalled, type InstallPlan } from './plan.js'
import { FACTS_SCRIPT, judgePlatform, parseFacts } from './platform.js'
import { openRootShell, type RootShell } from './privilege.js'

/** What the operator wants of one router. */
export interface Installation {
  readonly to: Destination
  readonly credentials: Credentials
  readonly trust: Trust
  /** At most one for each architecture; none: the package that is there stays. */
  readonly packages: readonly PackageFile[]
  /** Packages of the version before, to return to where the router has not kept its own. */
  readonly previous: readonly PackageFile[]
  /** false: a router that is worse than before stays so. */
  readonly mayReturn: boolean
  readonly given: GivenTexts
  /** How long to wait until the agent answers, is connected to its hub, and the router is as well as before. */
  readonly wait: Seconds
  /** How long the router has to stay as well as before. */
  readonly soak: Seconds
}

/** What an installation did, and how the router is now. */
export interface Installed {
  readonly router: string
  readonly outcome: 'unchanged' | 'changed'
  /** The steps that were carried out, in words; empty: there was nothing to do. */
  readonly changed: readonly string[]
  /** Files that differ and were left as they are, in words. */
  readonly kept: readonly string[]
  readonly agent: FirstHello
}

/**
 * Makes the router as it should be; first installation, upgrade and repair are the same. `progress` gets one line
 * before each step. Throws a Refusal or a FaultError; what can be checked is checked before the first change. CHANGE_UNHEALTHY:
 * the router was worse than before, and the version and the settings of before are in place again.
 */
export async function install(
  wanted: Installation,
  progress: (message: string) => void,
): Promise<Installed> {
  const { to, credentials, trust } = wanted
  const place = `${to.user}@${to.host}`
  const session = await openSsh(to, credentials, trust)
  try {
    const facts = parseFacts((await session.run(['sh', '-c', FACTS_SCRIPT])).stdout)
    const faults = judgePlatform(facts, place)
    if (faults.length > 0) throw new Refusal(faults)
    const { password } = credentials
    const root = await openRootShell(session, { uid: facts.uid, password, place })
    return await installAs(root, { session, wanted, progress, place, arch: facts.arch })
  } finally {
    session.close()
  }
}

interface Login {
  readonly session: SshSession
  readonly wanted: Installation
  readonly progress: (message: string) => void
  readonly place: string
  readonly arch: string
}

async function installAs(root: RootShell, login: Login): Promise<Installed> {
  const { session, wanted, progress, place, arch } = login
  const file = forArchitecture(wanted.packages, login)
  const operators = await operatorsFiles(root, wanted.given)
  const have = await observeInstalled(
    root,
    operators.files.map(({ path }) => path),
  )
  if (file === null && have.version === null) {
    const message = 'demarc is not installed: give --package FILE'
    throw new FaultError(fault('CONFIG_VALUE', place, message))
  }
  const named = file === null ? null : { ...file, name: packageName(file) }
  const { files, settings } = { ...operators }
  const want = { package: named, files, replace: wanted.given.replace }
  const plan = planInstall(want, have, sha256)
  const previous = wanted.previous.find(
    (found) => found.arch === arch && found.version === have.version,
  )
  const context = { session, root, have, arch, previous: previous ?? null, progress }
  const noReturn = wanted.mayReturn ? cannotReturn(plan, context, place) : null
  if (noReturn !== null) throw new FaultError(noReturn)
  const agent = await carryOut(plan, context, { ...login, hub: settings.hub !== null })
  return {
    router: settings.agent.id,
    outcome: plan.steps.length === 0 ? 'unchanged' : 'changed',
    changed: plan.steps.map(({ description }) => description),
    kept: plan.notReplaced,
    agent,
  }
}

/** Throws a FaultError where packages were given, and none is for the router. */
function forArchitecture(
  packages: readonly PackageFile[],
  { arch, place }: Login,
): PackageFile | null {
  if (packages.length === 0) return null
  const found = packages.find((file) => file.arch === arch)
  if (found !== undefined) return found
  const given = packages.map((file) => file.arch).join(', ')
  const message = `is ${arch}; the package is for ${given}`
  throw new FaultError(fault('PLATFORM_UNSUPPORTED', place, message))
}

/** The fault of an upgrade after which no return would be possible; null: one would, or there is none. */
function cannotReturn(
  { steps }: InstallPlan,
  { have, previous, arch }: InstallContext,
  place: string,
): Fault | null {
  const { version } = have
  if (version === null || !steps.some((step) => step.do === 'package')) return null
  const name = packageName({ version, arch })
  if (previous !== null || have.kept.has(name)) return null
  const message = `the router has not kept ${name}, which a return to demarc ${version} needs: give --previous FILE, or --no-return`
  return fault('CONFIG_VALUE', place, message)
}

async function carryOut(
  plan: InstallPlan,
  context: InstallContext,
  login: Login & { readonly hub: boolean },
): Promise<FirstHello> {
  const { root, have, progress } = context
  const { wanted, place, hub } = login
  const before = have.active ? ((await askStatus(root)) ?? null) : null
  const waiting = { hub, timeout: wanted.wait, soak: wanted.soak, place }
  if (plan.steps.length === 0) return waitForHello(root, { ...waiting, before: null })
  return inWorkplace(context, async ({ carryOut: apply, restore }) => {
    try {
      await apply(plan.steps)
      progress(hub ? 'wait for the agent and its hub' : 'wait for the agent')
      // A hub that was not connected before is no reason to go back.
      const wasCut = before !== null && !before.hub.connected
      return await waitForHello(root, { ...waiting, hub: hub && !wasCut, before })
    } catch (error) {
      if (before === null || !wanted.mayReturn || !(error instanceof FaultError)) throw error
      progress(`return to demarc ${have.version ?? ''}: ${error.fault.message}`)
      const stuck = await goBack(async () => {
        await restore(plan.steps)
        await waitForHello(root, { ...waiting, before: null, hub: false })
      })
      throw new FaultError(returned(place, have, { why: error.fault, stuck }), error)
    }
  })
}

/** The fault of a return that did not succeed; null: it did. */
async function goBack(work: () => Promise<void>): Promise<Fault | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof FaultError) return error.fault
    throw error
  }
}

function returned(
  place: string,
  { version }: HaveInstalled,
  { why, stuck }: { readonly why: Fault; readonly stuck: Fault | null },
): Fault {
  if (stuck === null) {
    const message = `demarc ${version} and the files of before are in place again: ${why.message}`
    return fault('CHANGE_UNHEALTHY', place, message)
  }
  const message = `${why.message}; the return to demarc ${version} failed as well: ${stuck.message}`
  return fault('CHANGE_NOT_RESTORED', place, message)
}
