import { fault, type Fault } from '../base/fault.js'
import type { Conflict, HostFacts } from '../model/host-facts.js'
import { judgeCloudInit } from './cloud-init.js'
import { judgeFrrWriters } from './frr-writers.js'
import { judgeIfupdown } from './ifupdown.js'
import { judgeNetworkd } from './networkd.js'
import { judgeNetworkManager } from './network-manager.js'
import { judgeSysctls } from './sysctls.js'
import { listed, type Managed } from './managed.js'

/** Everything on this host that stands against what demarc makes; nothing on a clean router. */
export function conflictsOf(facts: HostFacts, ours: Managed): readonly Conflict[] {
  return [
    judgeNetworkd,
    judgeNetworkManager,
    judgeIfupdown,
    judgeCloudInit,
    judgeFrrWriters,
    judgeSysctls,
  ].flatMap((judge) => judge(facts, ours))
}

/** Why no change may begin: conflicts that would take away what it makes. */
export function refusalsOf(conflicts: readonly Conflict[]): readonly Fault[] {
  return conflicts
    .filter(({ destroys }) => destroys)
    .map(({ at, message }) => fault('HOST_CONFLICT', listed([at]), message))
}
