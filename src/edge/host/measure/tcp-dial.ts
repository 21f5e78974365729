import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { millis, toSeconds } from '../../../core/base/time.js'

export type DialAnswer = 'open' | 'refused' | 'silent' | 'unreachable'

const TIMEOUT = millis(2000)
const BGP_PORT = 179

/**
 * Opens a TCP connection from an own address to a port of a host (BGP's by default) and closes it at once, without
 * sending anything.
 */
export function dialTcp(
  address: string,
  from: string,
  port: number = BGP_PORT,
): Promise<DialAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: from, timeout: TIMEOUT })
    const settle = (answer: DialAnswer): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle('open'))
    socket.once('timeout', () => settle('silent'))
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code === 'ECONNREFUSED' ? 'refused' : 'unreachable'),
    )
  })
}

/** curl's exit statuses: it did not connect; the time was over, before or after it connected. */
const CURL = { refused: 7, timedOut: 28 } as const
/** Time after the connection's own, after which curl ends a connection that the host keeps open. */
const CURL_LINGERS = millis(200)
/** Beyond that the program itself is killed. */
const CURL_GRACE = millis(1000)

/**
 * The same over one link, which may be in a VRF: Node.js cannot bind a socket to a device, and curl can. It sends
 * nothing: `telnet` sends what its input has, which is empty. null: the router has no curl, or curl cannot bind.
 */
export function dialTcpOver(
  address: string,
  link: string,
  port: number = BGP_PORT,
): Promise<DialAnswer | null> {
  const host = address.includes(':') ? `[${address}]` : address
  const words = [
    ...['-q', '-s', '-g', '--noproxy', '*', '--interface', `if!${link}`],
    ...['--connect-timeout', String(toSeconds(TIMEOUT))],
    ...['--max-time', String(toSeconds(millis(TIMEOUT + CURL_LINGERS)))],
    ...['-o', '/dev/null', '-w', '%{time_connect}', `telnet://${host}:${port}`],
  ]
  const options = {
    timeout: TIMEOUT + CURL_LINGERS + CURL_GRACE,
    env: { ...process.env, LC_ALL: 'C' },
  }
  return new Promise((resolve) => {
    const child = execFile('curl', words, options, (error, stdout) =>
      resolve(Number(stdout) > 0 ? 'open' : curlAnswer(error?.code)),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end()
  })
}

function curlAnswer(status: string | number | null | undefined): DialAnswer | null {
  if (status === CURL.refused) return 'refused'
  return status === CURL.timedOut ? 'silent' : null
}
