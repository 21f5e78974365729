import { fault, type Fault } from '../../../core/base/fault.js'

/** Linux that marks addresses (IFA_PROTO): on an older one nothing would tell demarc's from others'. */
const OLDEST = [5, 18] as const

/** A fault where the kernel's release, as `uname -r` has it, is older than demarc needs. */
export function kernelFault(release: string): Fault | null {
  const [major = 0, minor = 0] = release.split(/[.-]/, 2).map(Number)
  const young = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  if (young) return null
  const text = `it is ${release}; demarc needs Linux ${OLDEST.join('.')} or newer, as Debian 12 has`
  return fault('PLATFORM_UNSUPPORTED', 'kernel', text)
}
