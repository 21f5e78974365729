/** The name of a session in faults, effects and witnesses; `vrf` is null for the default VRF. */
export function neighborSubject(address: string, vrf: string | null): string {
  return vrf === null ? `neighbor ${address}` : `neighbor ${address} vrf ${vrf}`
}
