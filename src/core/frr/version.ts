import { fault, type Fault } from '../base/fault.js'

/** Older versions print and reset differently, and are not tested. */
const OLDEST = { major: 8, minor: 4 } as const

/** A fault if FRR is older than demarc supports, or its version is unknown. */
export function versionFault(version: string | null): Fault | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version ?? '')
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
  const isSupported = major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)
  if (isSupported) return undefined
  const needed = `${OLDEST.major}.${OLDEST.minor}`
  return fault(
    'FRR_UNSUPPORTED',
    'bgpd',
    `bgpd is version ${version ?? 'unknown'}; demarc needs FRR ${needed} or newer: upgrade the frr package`,
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
