import type { BridgePortSettings, BridgeSettings, HaveLink } from '../../../src/core/model/link.js'
import type { LinkSettings } from '../../../src/core/model/plan.js'
import { bridgeAfter, bridgePortAfter } from '../../../src/core/links/survey/bridge-settings.js'
import { Refusal } from './fake-rules.js'

/** BR_GROUPFWD_RESTRICTED: spanning tree, pause frames and LACP are never forwarded. */
const RESTRICTED = 0x0007

type Changing = { -readonly [Key in keyof HaveLink]: HaveLink[Key] }

/** What the kernel does with the options of a bridge or of a port of one. */
export function setBridgeOptions(
  link: Changing,
  master: HaveLink | undefined,
  { stp, bridge, bridgePort }: LinkSettings,
): void {
  if (stp !== undefined && link.detail.kind === 'bridge') link.detail = { ...link.detail, stp }
  if (bridge !== undefined) setBridge(link, bridge)
  if (bridgePort !== undefined) setBridgePort(link, master, bridgePort)
}

/** `br_changelink()` of net/bridge/br_netlink.c. */
function setBridge(link: Changing, to: BridgeSettings): void {
  const { detail } = link
  if (detail.kind !== 'bridge') throw new Refusal('EOPNOTSUPP')
  if (((to.groupForwardMask ?? 0) & RESTRICTED) !== 0) throw new Refusal('EINVAL')
  const settings = bridgeAfter(detail.settings, to)
  const some = Object.keys(settings).length > 0
  link.detail = { kind: 'bridge', stp: detail.stp, ...(some && { settings }) }
}

/** `br_setport()` of net/bridge/br_netlink.c. */
function setBridgePort(link: Changing, master: HaveLink | undefined, to: BridgePortSettings): void {
  if (master?.detail.kind !== 'bridge') throw new Refusal('EOPNOTSUPP')
  if (to.state !== undefined && master.detail.stp) throw new Refusal('EBUSY')
  if (to.state !== undefined && !link.up) throw new Refusal('ENETDOWN')
  keep(link, bridgePortAfter(link.bridgePort, to))
}

/** The kernel sets the state of a port anew when the port comes up (`br_stp_enable_port()`). */
export function forgetState(link: Changing): void {
  const { state: _before, ...rest } = link.bridgePort ?? {}
  keep(link, rest)
}

function keep(link: Changing, settings: BridgePortSettings): void {
  if (Object.keys(settings).length === 0) delete link.bridgePort
  else link.bridgePort = settings
}
