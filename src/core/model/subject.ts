/** The name of a session in faults, effects and witnesses; `vrf` is null for the default VRF. */
export function neighborSubject(address: string, vrf: string | null): string {
  return vrf === null ? `neighbor ${address}` : `neighbor ${address} vrf ${vrf}`
}

/** The name of the static routes to a prefix in faults and effects; `vrf` is null for the default VRF. */
export function routeSubject(prefix: string, vrf: string | null): string {
  return vrf === null ? `static route ${prefix}` : `static route ${prefix} vrf ${vrf}`
}
