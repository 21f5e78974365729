/** One file that an installed router has besides the release. */
export interface InstallFile {
  readonly path: string
  readonly content: string
  /** Octal digits, as `install -m` takes them. */
  readonly mode: string
  /** `user:group`. */
  readonly owner: string
  /** The command to run after the file has changed, as words; null: none. */
  readonly afterwards: readonly string[] | null
  /** Whether the agent must restart to use the new content. */
  readonly restarts: boolean
  /** The operator's own file: one that is on the router stays, unless `--replace` is given. */
  readonly keep: boolean
}

/** What is installed on the router now. */
export interface HaveInstalled {
  /** The files that exist, by path; SHA-256 in hex. */
  readonly files: ReadonlyMap<
    string,
    { readonly sha256: string; readonly mode: string; readonly owner: string }
  >
  /** Release identities below /opt/demarc/releases. */
  readonly releases: readonly string[]
  /** The release that /opt/demarc/current links to; null: none. */
  readonly current: string | null
  readonly enabled: boolean
  readonly active: boolean
}

/** What should be installed. */
export interface WantInstalled {
  readonly release: string
  readonly files: readonly InstallFile[]
  /** Whether the operator's own files are replaced too. */
  readonly replace: boolean
}

/** One step of an installation; `description` is what the operator reads about it. */
export type InstallStep =
  | { readonly do: 'unpack'; readonly release: string; readonly description: string }
  | { readonly do: 'write'; readonly file: InstallFile; readonly description: string }
  | { readonly do: 'switch'; readonly release: string; readonly description: string }
  | { readonly do: 'enable'; readonly description: string }
  | { readonly do: 'restart' | 'start'; readonly description: string }

/** What an installation will do. */
export interface InstallPlan {
  readonly steps: readonly InstallStep[]
  /** Files that differ and stay as they are, in words. */
  readonly kept: readonly string[]
}

/**
 * The steps that make the router as wanted. The release is unpacked first and switched to last, so that
 * a failure before leaves the running agent as it was. `digest` gives a SHA-256 in hex.
 */
export function planInstall(
  want: WantInstalled,
  have: HaveInstalled,
  digest: (text: string) => string,
): InstallPlan {
  const files = want.files.map((file) => ({ file, state: stateOf(file, have, digest) }))
  const stays = (file: InstallFile, state: FileState): boolean =>
    file.keep && !want.replace && state === 'different'
  const writes = files.filter(({ file, state }) => state !== 'same' && !stays(file, state))
  const switches = have.current !== want.release
  const steps: InstallStep[] = [
    ...(have.releases.includes(want.release)
      ? []
      : [
          {
            do: 'unpack',
            release: want.release,
            description: `unpack release ${want.release}`,
          } as const,
        ]),
    ...writes.map(
      ({ file, state }) =>
        ({ do: 'write', file, description: `${VERB[state]} ${file.path}` }) as const,
    ),
    ...(switches
      ? [
          {
            do: 'switch',
            release: want.release,
            description: `switch from ${have.current ?? 'nothing'} to ${want.release}`,
          } as const,
        ]
      : []),
    ...(have.enabled ? [] : [{ do: 'enable', description: 'start demarcd at boot' } as const]),
  ]
  const stale = switches || writes.some(({ file }) => file.restarts)
  const kept = files
    .filter(({ file, state }) => stays(file, state))
    .map(
      ({ file }) =>
        `${file.path} differs from the given file and was kept (--replace overwrites it)`,
    )
  return { steps: [...steps, ...running(have.active, stale)], kept }
}

function running(active: boolean, stale: boolean): InstallStep[] {
  if (!active) return [{ do: 'start', description: 'start demarcd' }]
  return stale
    ? [{ do: 'restart', description: 'restart demarcd; sessions and links stay up' }]
    : []
}

type FileState = 'absent' | 'different' | 'unprotected' | 'same'
const VERB = {
  absent: 'write',
  different: 'replace',
  unprotected: 'set owner and mode of',
  same: '',
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
