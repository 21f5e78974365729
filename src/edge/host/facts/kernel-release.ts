import { fault, type Fault } from '../../../core/base/fault.js'

/** The first Linux with IFA_PROTO, which marks the addresses that demarc owns. */
const OLDEST = [5, 18] as const

/** PLATFORM_UNSUPPORTED where the release, as `uname -r` prints it, is too old; null: it is not. */
export function kernelFault(release: string): Fault | null {
  const [major = 0, minor = 0] = release.split(/[.-]/, 2).map(Number)
  const supported = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  if (supported) return null
  const text = `the kernel is Linux ${release}; demarc needs ${OLDEST.join('.')} or newer, which Debian 12 has`
  return fault('PLATFORM_UNSUPPORTED', 'kernel', text)
}
