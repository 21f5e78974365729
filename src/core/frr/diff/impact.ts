import type { Impact } from '../../model/plan.js'

/** What FRR does to an established session when a setting is set, changed or unset. */
export interface ImpactRule {
  readonly set: Impact
  readonly change: Impact
  readonly unset: Impact
  /** The name of the setting in an effect. */
  readonly name: string
  /** Where FRR's sources show it. `test/lab/scenarios/frr-impact.test.ts` measures every rule. */
  readonly source: string
}

const NONE = { set: 'none', change: 'none', unset: 'none' } as const
const RESET = { set: 'session-reset', change: 'session-reset', unset: 'session-reset' } as const
const SOFT = { set: 'soft', change: 'soft', unset: 'soft' } as const

/** Settings of a neighbour, by slot. */
export const NEIGHBOR_IMPACT: Readonly<Record<string, ImpactRule>> = {
  description: { ...NONE, name: 'description', source: 'bgpd.c peer_description_set' },
  'local-as': { ...RESET, name: 'local AS of the neighbour', source: 'bgpd.c peer_local_as_set' },
  password: { ...RESET, name: 'password', source: 'bgpd.c peer_password_set' },
  shutdown: {
    set: 'traffic-loss',
    change: 'none',
    unset: 'none',
    name: 'administrative shutdown',
    source: 'bgpd.c peer_flag_action_list PEER_FLAG_SHUTDOWN',
  },
  'ebgp-multihop': { ...RESET, name: 'multihop', source: 'bgpd.c peer_ebgp_multihop_set' },
  'ttl-security': {
    ...RESET,
    change: 'none',
    name: 'TTL security',
    source: 'bgpd.c peer_ttl_security_hops_set',
  },
  'update-source': {
    ...RESET,
    name: 'update source',
    source: 'bgpd.c peer_update_source_addr_set',
  },
  timers: { ...NONE, name: 'hold time and keepalive', source: 'bgpd.c peer_timers_set' },
  'timers connect': { ...NONE, name: 'connect retry', source: 'bgpd.c peer_timers_connect_set' },
  bfd: {
    set: 'none',
    change: 'none',
    // FRR's bfdd takes the AdminDown for a loss and ends the session, against RFC 5882 section 3.2.
    unset: 'session-reset',
    name: 'BFD',
    source: 'bgp_bfd.c bgp_peer_remove_bfd',
  },
  'bfd profile': { ...NONE, name: 'BFD timers', source: 'bgp_bfd.c bgp_peer_config_apply' },
  'bfd strict': { ...NONE, name: 'BFD strict mode', source: 'bgpd.c peer_flag_action_list' },
  'graceful-restart': {
    ...RESET,
    name: 'graceful restart',
    source: 'bgp_fsm.c bgp_peer_gr_action',
  },
}

/** Settings of a neighbour within an address family, by slot. */
export const FAMILY_IMPACT: Readonly<Record<string, ImpactRule>> = {
  activate: { ...RESET, name: 'address family', source: 'bgpd.c peer_activate, peer_deactivate' },
  'route-map in': { ...SOFT, name: 'import policy', source: 'bgpd.c peer_route_map_set' },
  'route-map out': { ...SOFT, name: 'export policy', source: 'bgpd.c peer_route_map_set' },
  'prefix-list in': { ...SOFT, name: 'import filter', source: 'bgpd.c peer_prefix_list_unset' },
  'prefix-list out': { ...SOFT, name: 'export filter', source: 'bgpd.c peer_prefix_list_unset' },
  'filter-list in': { ...SOFT, name: 'import filter', source: 'bgpd.c peer_aslist_unset' },
  'filter-list out': { ...SOFT, name: 'export filter', source: 'bgpd.c peer_aslist_unset' },
  'distribute-list in': { ...SOFT, name: 'import filter', source: 'bgpd.c peer_distribute_unset' },
  'distribute-list out': { ...SOFT, name: 'export filter', source: 'bgpd.c peer_distribute_unset' },
  'soft-reconfiguration inbound': {
    ...SOFT,
    name: 'copy of received routes',
    source: 'bgpd.c peer_af_flag_action_list PEER_FLAG_SOFT_RECONFIG',
  },
  'next-hop-self': {
    ...SOFT,
    name: 'next-hop-self',
    source: 'bgpd.c peer_af_flag_action_list PEER_FLAG_NEXTHOP_SELF',
  },
  'allowas-in': { ...SOFT, name: 'own AS in the path', source: 'bgpd.c peer_allowas_in_set' },
  'as-override': {
    ...SOFT,
    name: 'AS override',
    source: 'bgpd.c peer_af_flag_action_list PEER_FLAG_AS_OVERRIDE',
  },
  'default-originate': {
    ...SOFT,
    name: 'default route',
    source: 'bgpd.c peer_default_originate_set',
  },
  'maximum-prefix-out': {
    ...SOFT,
    name: 'outbound limit',
    source: 'bgpd.c peer_maximum_prefix_out_set',
  },
  'maximum-prefix': { ...NONE, name: 'maximum prefixes', source: 'bgpd.c peer_maximum_prefix_set' },
}

/** Settings of the whole block, by the first word or two. */
export const BLOCK_IMPACT: Readonly<Record<string, ImpactRule>> = {
  'bgp router-id': { ...RESET, name: 'router id', source: 'bgpd.c bgp_router_id_set' },
  'maximum-paths': { ...SOFT, name: 'maximum paths', source: 'bgp_vty.c bgp_maxpaths_config_vty' },
  'maximum-paths ibgp': {
    ...SOFT,
    name: 'maximum paths',
    source: 'bgp_vty.c bgp_maxpaths_config_vty',
  },
  'aggregate-address': { ...SOFT, name: 'aggregate', source: 'bgp_route.c bgp_aggregate_set' },
  network: { ...SOFT, name: 'originated prefix', source: 'bgp_route.c bgp_static_set' },
}

/** A foreign setting on demarc's neighbour. Its impact is unknown, so the worst for a session is assumed. */
export const UNKNOWN_IMPACT: ImpactRule = { ...RESET, name: 'setting', source: 'unknown' }

/**
 * The rule for a neighbour's setting on this version of FRR. With 8.4 a change of graceful restart applies to
 * the next session; 10.3 resets the session. Versions between them were not measured and count as 10.3.
 */
export function neighborImpact(slot: string, version: string): ImpactRule {
  const rule = NEIGHBOR_IMPACT[slot] ?? UNKNOWN_IMPACT
  const waits = slot === 'graceful-restart' && /^8\.4(\D|$)/.test(version)
  return waits ? { ...rule, ...NONE } : rule
}
