import { connect } from 'node:net'
import { millis } from '../../../core/base/time.js'

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
