import { fault, type Fault } from '../base/fault.js'

/** Older versions print and reset differently, and are not tested. */
const OLDEST = { major: 8, minor: 4 } as const

/** `neighbor … bfd strict`, by the release notes of FRR 10.4. */
const FIRST_STRICT = { major: 10, minor: 4 } as const

interface Release {
  readonly major: number
  readonly minor: number
}

function isSince({ major, minor }: Release, version: string | null): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '')
  const [ours, less] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
  return ours > major || (ours === major && less >= minor)
}

/** A fault if FRR is older than demarc supports, or its version is unknown. */
export function versionFault(version: string | null): Fault | undefined {
  if (isSince(OLDEST, version)) return undefined
  const needed = `${OLDEST.major}.${OLDEST.minor}`
  return fault(
    'FRR_UNSUPPORTED',
    'bgpd',
    `bgpd is version ${version ?? 'unknown'}; demarc needs FRR ${needed} or newer: upgrade the frr package`,
  )
}

/** Whether an FRR of this version has `neighbor … bfd strict`. */
export function knowsStrict(version: string | null): boolean {
  return isSince(FIRST_STRICT, version)
}

/** A fault if FRR is too old for the BFD strict mode that a neighbour wants. */
export function strictFault(address: string, version: string | null): Fault | undefined {
  if (knowsStrict(version)) return undefined
  const needed = `${FIRST_STRICT.major}.${FIRST_STRICT.minor}`
  return fault(
    'FRR_UNSUPPORTED',
    `neighbor ${address}`,
    `bgpd is version ${version ?? 'unknown'}, and bfd.strict of neighbor ${address} needs FRR ${needed} or` +
      ' newer: upgrade the frr package, or remove "strict" from the bfd of this neighbor',
  )
}

/** Reads the first line of `show version`: `FRRouting 8.4.4 (host) on Linux(…).` */
export function parseVersion(text: string): string | null {
  return /^FRRouting (\S+)/.exec(text)?.[1] ?? null
}

/** From this release on mgmtd has the configuration of staticd. */
const FIRST_MGMTD = 9

/** Whether an FRR of this version has mgmtd; null: the version is unknown. */
export function hasMgmtd(version: string | null): boolean {
  return Number.parseInt(version ?? '', 10) >= FIRST_MGMTD
}
