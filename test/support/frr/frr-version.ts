import { join } from 'node:path'

/** 8.4 is the FRR of Debian 12. `scripts/lab setup` unpacks 10.3 (Debian 13), `scripts/lab setup 10.7` the newest. */
export const FRR_VERSIONS = ['8.4', '10.3', '10.7'] as const
export type FrrVersion = (typeof FRR_VERSIONS)[number]

/** The versions of every run; 10.7 takes a run of its own. */
const USUAL: readonly FrrVersion[] = ['8.4', '10.3']

export function isFrrVersion(text: string | undefined): text is FrrVersion {
  return FRR_VERSIONS.some((version) => version === text)
}

/** The versions to test: those of `DEMARC_FRR`, divided by commas, such as `10.7`; the usual ones without it. */
export function testedVersions(): readonly FrrVersion[] {
  const named = process.env['DEMARC_FRR']?.split(',') ?? USUAL
  return named.map((version) => {
    if (isFrrVersion(version)) return version
    throw new Error(`DEMARC_FRR names ${version}; known are ${FRR_VERSIONS.join(', ')}`)
  })
}

/** The root directory of a version below the cache of the lab; '' for the machine's own. */
export function frrRoot(version: FrrVersion, cache: string): string {
  return version === '8.4' ? '' : join(cache, `frr-${version}`)
}
