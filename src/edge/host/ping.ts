import { execFile } from 'node:child_process'
import { millis, seconds, toMillis } from '../../core/base/time.js'

/** Time that an answer may take. */
const TIMEOUT = seconds(1)
/** Time beyond that after which the program itself is killed. */
const GRACE = millis(2000)

/**
 * Sends one ICMP echo request to an address through an interface; true: it was answered. iputils' ping is
 * used because Node has no raw sockets. The types of both arguments have been checked, and no shell is
 * involved. Without the program the answer is false.
 */
export function ping(address: string, link: string): Promise<boolean> {
  const words = ['-n', '-q', '-c', '1', '-W', String(TIMEOUT), '-I', link, '--', address]
  return new Promise((resolve) => {
    const timeout = toMillis(TIMEOUT) + GRACE
    execFile('ping', words, { timeout }, (error) => resolve(error === null))
  })
}
