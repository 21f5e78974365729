import { applySteps } from './apply.js'
import { netlinkSocket } from './netlink/socket.js'
import { PROTOCOL } from './netlink/uapi.js'
import type { Kernel } from './port.js'
import { readKernel } from './read.js'

/** Opens the sockets towards this network namespace's kernel. */
export async function openKernel(): Promise<Kernel> {
  const route = netlinkSocket(PROTOCOL.ROUTE)
  return {
    read: () => readKernel(route),
    apply: (steps) => applySteps(route, steps),
    ports: () => Promise.reject(new Error('being built')),
    lacp: () => Promise.reject(new Error('being built')),
    moduleEeprom: () => Promise.reject(new Error('being built')),
    close: () => {
      route.close()
    },
  }
}
