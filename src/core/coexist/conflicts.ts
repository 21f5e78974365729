import { fault, type Fault } from '../base/fault.js'
import type { Conflict, HostFacts } from '../model/host-facts.js'
import { judgeCloudInit } from './cloud-init.js'
import { judgeFrrWriters } from './frr-writers.js'
import { judgeIfupdown } from './ifupdown.js'
import { judgeMacAddresses } from './mac-addresses.js'
import { judgeNetworkd } from './networkd.js'
import { judgeNetworkManager } from './network-manager.js'
import { judgeSysctls } from './sysctls.js'
import { listed, type Managed } from './managed.js'

/** All settings of this host and its other programs that conflict with what demarc makes. */
export function conflictsOf(facts: HostFacts, ours: Managed): readonly Conflict[] {
  return [
    judgeNetworkd,
    judgeNetworkManager,
    judgeIfupdown,
    judgeCloudInit,
    judgeFrrWriters,
    judgeSysctls,
    judgeMacAddresses,
  ].flatMap((judge) => judge(facts, ours))
}

/** Faults that forbid a change: the conflicts that would remove what the change makes. */
export function refusalsOf(conflicts: readonly Conflict[]): readonly Fault[] {
  return conflicts
    .filter(({ destroys }) => destroys)
    .map(({ at, message }) => fault('HOST_CONFLICT', listed([at]), message))
}
