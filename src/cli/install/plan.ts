import type { PackageFile } from './package-file.js'

/** One file of the operator that a router has besides the package. */
export interface InstallFile {
  readonly path: string
  readonly content: string
  /** Octal digits, as `install -m` takes them. */
  readonly mode: string
  /** `user:group`. */
  readonly owner: string
}

/** A package file on the router. */
interface KeptPackage {
  readonly path: string
  /** SHA-256 in hexadecimal. */
  readonly sha256: string
}

/** What is installed on the router now. */
export interface HaveInstalled {
  /** The version of the package `demarc`; null: it is not installed. */
  readonly version: string | null
  /** false: dpkg was interrupted. */
  readonly isWhole: boolean
  /** Packages of earlier installations, by the name of the file. */
  readonly kept: ReadonlyMap<string, KeptPackage>
  /** The files that exist, by path; SHA-256 in hex. */
  readonly files: ReadonlyMap<
    string,
    { readonly sha256: string; readonly mode: string; readonly owner: string }
  >
  readonly active: boolean
}

/** What should be installed. */
export interface WantInstalled {
  /** null: the package that is there stays. */
  readonly package: (PackageFile & { readonly name: string }) | null
  readonly files: readonly InstallFile[]
  /** Whether files of the operator that differ are replaced too. */
  readonly replace: boolean
}

/** One step of an installation; `description` is what the operator reads about it. */
export type InstallStep =
  | { readonly do: 'package'; readonly package: PackageFile; readonly description: string }
  | { readonly do: 'write'; readonly file: InstallFile; readonly description: string }
  | { readonly do: 'restart' | 'start'; readonly description: string }

/** What an installation will do. */
export interface InstallPlan {
  readonly steps: readonly InstallStep[]
  /** Files that differ and stay as they are, in words. */
  readonly notReplaced: readonly string[]
}

/**
 * The steps that make the router as wanted. Files of root come before the package, whose first start uses
 * them; those of the user `demarc` after it, because the package makes that user. `digest` gives a SHA-256 in hex.
 */
export function planInstall(
  want: WantInstalled,
  have: HaveInstalled,
  digest: (text: string) => string,
): InstallPlan {
  const files = want.files.map((file) => ({ file, state: stateOf(file, have, digest) }))
  const stays = (state: FileState): boolean => !want.replace && state === 'different'
  const writes = files.filter(({ state }) => state !== 'same' && !stays(state)).map(toStep)
  const install = packageStep(want, have)
  const isOfRoot = ({ file }: WriteStep) => file.owner.startsWith('root:')
  const [before, after] = [writes.filter(isOfRoot), writes.filter((step) => !isOfRoot(step))]
  const isStale = install === null ? writes.length > 0 : after.length > 0
  return {
    steps: [
      ...before,
      ...(install === null ? [] : [install]),
      ...after,
      ...running(have.active || install !== null, isStale),
    ],
    notReplaced: files
      .filter(({ state }) => stays(state))
      .map(
        ({ file }) =>
          `${file.path} differs from the given file and was kept (--replace overwrites it)`,
      ),
  }
}

/** null: the package is installed, as far as the router can say: same version, and the same file where it kept one. */
function packageStep(want: WantInstalled, have: HaveInstalled): InstallStep | null {
  if (want.package === null) return null
  const { version, sha256, name } = want.package
  const kept = have.kept.get(name)
  const isSame = have.version === version && (kept?.sha256 ?? sha256) === sha256
  if (isSame && have.isWhole) return null
  const description =
    have.version === null
      ? `install demarc ${version}`
      : `install demarc ${version} in the place of ${have.version}; sessions and links stay up`
  return { do: 'package', package: want.package, description }
}

function running(active: boolean, isStale: boolean): InstallStep[] {
  if (!active) return [{ do: 'start', description: 'start demarcd' }]
  const description = 'restart demarcd; sessions and links stay up'
  return isStale ? [{ do: 'restart', description }] : []
}

type WriteStep = Extract<InstallStep, { do: 'write' }>
type FileState = 'absent' | 'different' | 'unprotected' | 'same'
const VERB = {
  absent: 'write',
  different: 'replace',
  unprotected: 'set owner and mode of',
  same: '',
}

function toStep({ file, state }: { file: InstallFile; state: FileState }): WriteStep {
  return { do: 'write', file, description: `${VERB[state]} ${file.path}` }
}

function stateOf(
  file: InstallFile,
  have: HaveInstalled,
  digest: (text: string) => string,
): FileState {
  const found = have.files.get(file.path)
  if (found === undefined) return 'absent'
  if (found.sha256 !== digest(file.content)) return 'different'
  const asWanted = found.mode === file.mode.replace(/^0/, '') && found.owner === file.owner
  return asWanted ? 'same' : 'unprotected'
}
