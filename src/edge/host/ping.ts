import { execFile } from 'node:child_process'

/** Seconds that an answer may take. */
const WAIT = 1

/**
 * One echo to an address by an interface. iputils' ping, because Node has no raw sockets; both
 * arguments are of checked types, and there is no shell. false as well where there is no ping.
 */
export function ping(address: string, link: string): Promise<boolean> {
  const words = ['-n', '-q', '-c', '1', '-W', String(WAIT), '-I', link, '--', address]
  return new Promise((resolve) => {
    execFile('ping', words, { timeout: (WAIT + 2) * 1000 }, (error) => resolve(error === null))
  })
}
