import { execFile } from 'node:child_process'
import { millis, seconds, toMillis } from '../../../core/base/time.js'

/** Time for the answers, and beyond that until the program itself is killed. */
const WAIT = seconds(1)
const GRACE = millis(2000)

/**
 * Asks on a link who has an IPv4 address that this router has itself (RFC 5227, by iputils' arping). The MAC address
 * of another host that answers; null: nobody does, or the program is missing. It disturbs nobody: an ARP probe comes
 * from no address.
 */
export function probeAddress(address: string, link: string): Promise<string | null> {
  const words = ['-D', '-c', '1', '-w', String(WAIT), '-I', link, address]
  const timeout = toMillis(WAIT) + GRACE
  return new Promise((resolve) => {
    execFile('arping', words, { timeout, env: { ...process.env, LC_ALL: 'C' } }, (_error, stdout) =>
      resolve(/\[([0-9A-Fa-f:]{17})\]/.exec(stdout)?.[1]?.toLowerCase() ?? null),
    )
  })
}
