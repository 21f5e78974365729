import { applyAll } from './apply-all.js'
import { ethtool } from './ethtool/ethtool.js'
import { portModes } from './ethtool/link-modes.js'
import { moduleReader } from './ethtool/module-reader.js'
import { readLacp } from './read/lacp.js'
import { openNft } from './nftables/nft.js'
import { openProtections } from './nftables/protections.js'
import { netlinkSocket } from './netlink/socket.js'
import { PROTOCOL } from './netlink/uapi.js'
import type { PortLink } from '../../core/model/state.js'
import type { Kernel } from './kernel.js'
import { dumpCounters } from './read/counters.js'
import { readPort } from './read/port-state.js'
import { readKernel } from './read/links.js'
import { memoryMarks, withRecord, type MarkRecord } from './read/mark-record.js'
import { readLocalUser } from './read/local-user.js'
import { askNeighbors, dumpNeighbors, dumpUnresolved } from './read/neighbors.js'
import { leadsTo, lookUpRoute } from './read/route.js'
import { dumpBgpRoutes, dumpRoutes } from './read/routes.js'

/**
 * The kernel as this process's network namespace shows it. Opens no socket before the first use.
 * `record`: where marks are kept that the kernel does not take.
 */
export async function openKernel(record: MarkRecord = memoryMarks()): Promise<Kernel> {
  const route = netlinkSocket(PROTOCOL.ROUTE)
  const generic = netlinkSocket(PROTOCOL.GENERIC)
  const sockets = netlinkSocket(PROTOCOL.SOCK_DIAG)
  const netfilter = netlinkSocket(PROTOCOL.NETFILTER)
  const tool = ethtool(generic)
  const modes = portModes(tool)
  const protections = openProtections(netfilter, openNft())
  const modules = moduleReader()
  return {
    read: () => readKernel({ socket: route, modes, protections }, withRecord(record)),
    apply: (steps) => applyAll(steps, { modes, protections, route, record }),
    ports: async (names) => {
      const found: PortLink[] = []
      for (const name of names) found.push(await readPort({ socket: route, tool, modes }, name))
      return found
    },
    counters: () => dumpCounters(route),
    lacp: (bond) => readLacp(route, bond),
    routes: () => dumpRoutes(route),
    bgpRoutes: () => dumpBgpRoutes(route),
    neighbors: () => dumpNeighbors(route),
    unresolved: () => dumpUnresolved(route),
    askNeighbors: (hosts) => askNeighbors(route, hosts),
    leadsTo: (host) => leadsTo(route, host),
    route: (destination) => lookUpRoute(route, destination),
    protections: (links) => protections.counts(links),
    moduleEeprom: (port) => modules.read(port),
    localUser: (inode) => readLocalUser(sockets, inode),
    close: () => {
      route.close()
      sockets.close()
      generic.close()
      netfilter.close()
      modules.close()
    },
  }
}
