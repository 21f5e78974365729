import type { BondOptions, BRIDGE_PORT_SETTINGS, BRIDGE_SETTINGS } from '../../model/link.js'
import type { Impact } from '../../model/plan.js'

/** An impact, and the text that explains it: a predicate such as `is removed`. */
export interface Reason {
  readonly impact: Impact
  readonly why: string
}

/** What each kind of kernel step does to traffic on Linux 6.1. The table in `docs/plan.md` is made from this. */
export const REASONS = {
  created: { impact: 'none', why: 'is created; nothing uses it yet' },
  deleted: { impact: 'traffic-loss', why: 'is removed' },
  recreated: { impact: 'traffic-loss', why: 'is removed and created anew' },
  relabelled: { impact: 'none', why: 'gets another label' },
  addressAdded: { impact: 'none', why: 'gets an address' },
  addressRemoved: { impact: 'session-reset', why: 'loses an address' },
  /** The kernel would flush them when the link goes down; as a step, a rollback adds them again. */
  addressFlushed: { impact: 'link-flap', why: 'loses its IPv6 addresses while the link is down' },
  /** Many NIC drivers stop and start the device to resize their receive buffers. */
  portMtu: {
    impact: 'link-flap',
    why: 'gets another MTU, for which many drivers restart the port',
  },
  /** The driver brings the link down and up with the new values; a flap ends every session over the port. */
  modes: {
    impact: 'link-flap',
    why: 'gets another speed, duplex or auto-negotiation, for which its link goes down and up',
  },
  modesIdle: {
    impact: 'none',
    why: 'gets another speed, duplex or auto-negotiation, and carries nothing yet',
  },
  mtu: { impact: 'soft', why: 'gets another MTU' },
  /** `br_mtu_auto_adjust()`: a bridge follows its members' smallest MTU until one is set on it. */
  mtuKept: { impact: 'soft', why: 'gets its own MTU again after its members changed' },
  up: { impact: 'none', why: 'is set up' },
  down: { impact: 'traffic-loss', why: 'is set down' },
  flapped: { impact: 'link-flap', why: 'goes down and up again' },
  idle: { impact: 'none', why: 'carries nothing yet' },
  joinsBond: { impact: 'none', why: 'joins its bond' },
  joinsBridge: { impact: 'none', why: 'joins its bridge' },
  /** Frames in flight on one member are lost; the other members take over its flows. */
  leavesBond: { impact: 'soft', why: 'leaves its bond, where enough ports stay' },
  leavesShort: { impact: 'link-flap', why: 'leaves its bond, where too few ports stay' },
  /** A bond loses its carrier at once with fewer active ports than min_links (`bond_3ad_set_carrier()`). */
  shortOfPorts: {
    impact: 'link-flap',
    why: 'has no carrier until as many new ports as it needs have negotiated',
  },
  /** The address is the bond's LACP system id as well, so that the partner negotiates again. */
  bondMac: {
    impact: 'link-flap',
    why: 'takes the MAC address of another port, because a port outside it has its present one',
  },
  bondMacSet: { impact: 'link-flap', why: 'gets the MAC address that the intent gives it' },
  leavesBridge: { impact: 'traffic-loss', why: 'leaves its bridge' },
  /** `cycle_netdev()` in drivers/net/vrf.c takes the link down and up and moves its routes. */
  movesVrf: { impact: 'link-flap', why: 'moves to another VRF, for which the kernel cycles it' },
  /** The rule ends the look-up before the main table's. */
  vrfClosed: {
    impact: 'traffic-loss',
    why: 'drops packets that it has no route for, which left by the main table before',
  },
  stp: { impact: 'traffic-loss', why: 'restarts spanning tree; ports listen before they forward' },
  /** Frames over a limit are dropped, and the addresses of both sides are counted anew. */
  limited: { impact: 'soft', why: 'gets other limits of the frames that it sends' },
  unlimited: { impact: 'none', why: 'loses the limits of the frames that it sends' },
  filterLooser: { impact: 'none', why: 'lets more packets pass' },
  filterStricter: { impact: 'soft', why: 'checks the source of packets more strictly' },
  forwardingOn: { impact: 'none', why: 'forwards packets' },
  forwardingOff: { impact: 'traffic-loss', why: 'no longer forwards packets' },
} as const satisfies Record<string, Reason>

/**
 * What a change of one option of a running 802.3ad bond needs. A `down` option is refused with EBUSY on a
 * bond that is up, or takes effect only on one that is down (drivers/net/bonding/bond_options.c,
 * `BOND_OPTFLAG_IFDOWN`). The actor's system id, priority and key are changed on a bond that is down as
 * well, because the partner negotiates again anyway.
 */
export const BOND_CHANGE: Readonly<Record<keyof BondOptions, Reason & { readonly down: boolean }>> =
  {
    lacpRate: { down: true, impact: 'link-flap', why: 'LACP interval changes' },
    lacpActive: { down: true, impact: 'link-flap', why: 'LACP mode changes' },
    adSelect: { down: true, impact: 'link-flap', why: 'aggregator selection changes' },
    systemPriority: { down: true, impact: 'link-flap', why: 'LACP system priority changes' },
    systemId: { down: true, impact: 'link-flap', why: 'LACP system id changes' },
    userPortKey: { down: true, impact: 'link-flap', why: 'LACP port key changes' },
    minLinks: { down: false, impact: 'soft', why: 'the least number of ports changes' },
    hash: { down: false, impact: 'soft', why: 'flows move to other ports' },
    miimon: { down: false, impact: 'none', why: 'the link poll changes' },
    upDelay: { down: false, impact: 'none', why: 'the delay of the link poll changes' },
    downDelay: { down: false, impact: 'none', why: 'the delay of the link poll changes' },
  }

/** What a change of a setting of a bridge does. demarc changes one only back to the kernel's default, or in a rollback. */
export const BRIDGE_CHANGE: Readonly<Record<keyof typeof BRIDGE_SETTINGS, Reason>> = {
  vlanFiltering: {
    impact: 'traffic-loss',
    why: 'forwards frames by another rule for their VLAN tags',
  },
  groupForwardMask: { impact: 'soft', why: 'forwards other link-local frames, such as LLDP' },
}

/** The same for a link in a bridge. */
export const BRIDGE_PORT_CHANGE: Readonly<Record<keyof typeof BRIDGE_PORT_SETTINGS, Reason>> = {
  state: { impact: 'none', why: 'forwards frames in its bridge' },
  hairpin: { impact: 'soft', why: 'sends frames back to where they came from, or no longer' },
  learning: { impact: 'none', why: 'learns MAC addresses by another rule' },
  unicastFlood: { impact: 'soft', why: 'gets frames to unknown MAC addresses by another rule' },
  proxyArp: { impact: 'soft', why: 'answers ARP for hosts of its bridge by another rule' },
  proxyArpWifi: { impact: 'soft', why: 'answers ARP for wireless hosts by another rule' },
  multicastFlood: { impact: 'soft', why: 'gets multicast frames by another rule' },
  broadcastFlood: { impact: 'soft', why: 'gets broadcast frames by another rule' },
  groupForwardMask: { impact: 'soft', why: 'forwards other link-local frames, such as LLDP' },
  neighborSuppress: { impact: 'soft', why: 'answers ARP and neighbour discovery by another rule' },
  isolated: { impact: 'soft', why: 'reaches the other isolated ports by another rule' },
  locked: { impact: 'soft', why: 'takes frames from unknown MAC addresses by another rule' },
}
