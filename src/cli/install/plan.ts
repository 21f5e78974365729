/** One file that an installed router has, beside the release itself. */
export interface InstallFile {
  readonly path: string
  readonly content: string
  /** Octal digits, as `install -m` takes them. */
  readonly mode: string
  /** `user:group`. */
  readonly owner: string
  /** What must run once the file has changed, as words; null: nothing. */
  readonly afterwards: readonly string[] | null
  /** The running agent only sees the change after a restart. */
  readonly restarts: boolean
  /** The operator's own file: one that is there stays, unless he says otherwise. */
  readonly keep: boolean
}

/** What is on the router now. */
export interface HaveInstalled {
  /** SHA-256 in hex of each file that is there, by path. */
  readonly files: ReadonlyMap<
    string,
    { readonly sha256: string; readonly mode: string; readonly owner: string }
  >
  /** Release identities below /opt/demarc/releases. */
  readonly releases: readonly string[]
  /** Where /opt/demarc/current leads; null: nowhere. */
  readonly current: string | null
  readonly enabled: boolean
  readonly active: boolean
}

export interface WantInstalled {
  readonly release: string
  readonly files: readonly InstallFile[]
  /** Replace the operator's own files too. */
  readonly replace: boolean
}

/** A deed on the router; `says` is what the operator reads about it. */
export type InstallStep =
  | { readonly do: 'unpack'; readonly release: string; readonly says: string }
  | { readonly do: 'write'; readonly file: InstallFile; readonly says: string }
  | { readonly do: 'switch'; readonly release: string; readonly says: string }
  | { readonly do: 'enable'; readonly says: string }
  | { readonly do: 'restart' | 'start'; readonly says: string }

export interface InstallPlan {
  readonly steps: readonly InstallStep[]
  /** What differs and was left as it is, in words. */
  readonly kept: readonly string[]
}

/**
 * The difference between an installed router and this one. The release is unpacked first and switched
 * to last, so that whatever fails before leaves the running agent as it was.
 */
export function planInstall(
  want: WantInstalled,
  have: HaveInstalled,
  digest: (text: string) => string,
): InstallPlan {
  const judged = want.files.map((file) => ({ file, state: stateOf(file, have, digest) }))
  const stays = (file: InstallFile, state: FileState): boolean =>
    file.keep && !want.replace && state === 'different'
  const writes = judged.filter(({ file, state }) => state !== 'same' && !stays(file, state))
  const switches = have.current !== want.release
  const steps: InstallStep[] = [
    ...(have.releases.includes(want.release)
      ? []
      : [{ do: 'unpack', release: want.release, says: `unpack release ${want.release}` } as const]),
    ...writes.map(
      ({ file, state }) => ({ do: 'write', file, says: `${VERB[state]} ${file.path}` }) as const,
    ),
    ...(switches
      ? [
          {
            do: 'switch',
            release: want.release,
            says: `switch from ${have.current ?? 'nothing'} to ${want.release}`,
          } as const,
        ]
      : []),
    ...(have.enabled ? [] : [{ do: 'enable', says: 'start demarcd at boot' } as const]),
  ]
  const stale = switches || writes.some(({ file }) => file.restarts)
  const kept = judged
    .filter(({ file, state }) => stays(file, state))
    .map(({ file }) => `${file.path} is not what you gave and was kept (--replace overwrites it)`)
  return { steps: [...steps, ...running(have.active, stale)], kept }
}

function running(active: boolean, stale: boolean): InstallStep[] {
  if (!active) return [{ do: 'start', says: 'start demarcd' }]
  return stale ? [{ do: 'restart', says: 'restart demarcd; sessions and links stay up' }] : []
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
