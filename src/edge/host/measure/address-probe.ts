import { execFile } from 'node:child_process'
import { millis, seconds, toMillis } from '../../../core/base/time.js'

/** Time for the answers, and beyond that until the program itself is killed. */
const WAIT = seconds(1)
const GRACE = millis(2000)

/**
 * Asks on a link who has an address that this router has itself: iputils' arping (RFC 5227), or ndisc6. The kernel
 * detects no duplicate of them, because they are set without that detection (IFA_F_NODAD). The MAC address of another
 * host that answers; null: nobody does, or the program is missing. It disturbs nobody: an ARP probe comes from no
 * address, and a neighbor solicitation from the link-local one.
 */
export function probeAddress(address: string, link: string): Promise<string | null> {
  const [program, words] = probeOf(address, link)
  const timeout = toMillis(WAIT) + GRACE
  return new Promise((resolve) => {
    execFile(program, words, { timeout, env: { ...process.env, LC_ALL: 'C' } }, (_error, stdout) =>
      resolve(/(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}/.exec(stdout)?.[0].toLowerCase() ?? null),
    )
  })
}

function probeOf(address: string, link: string): readonly [string, readonly string[]] {
  return address.includes(':')
    ? ['ndisc6', ['-q', '-1', '-r', '1', '-w', String(toMillis(WAIT)), address, link]]
    : ['arping', ['-D', '-c', '1', '-w', String(WAIT), '-I', link, address]]
}
