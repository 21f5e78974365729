/** What people call a session, in faults, effects and witnesses; `vrf` is null for the default one. */
export function neighborSubject(address: string, vrf: string | null): string {
  return vrf === null ? `neighbor ${address}` : `neighbor ${address} vrf ${vrf}`
}
