import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { toIpText } from '../../core/model/names.js'
import type { Intent } from '../../core/wire/intent.js'

/** A neighbour of the intent. */
export interface ClearedNeighbor {
  readonly attachment: string
  readonly address: string
  /** null: the default VRF. */
  readonly vrf: string | null
}

/** Ends the session with one neighbour and starts it again; null: done. */
export type ClearSession = (neighbor: ClearedNeighbor) => Promise<Fault | null>

/** Clears a neighbour of the intent. Refused for any other one, which is not demarc's. */
export async function clearNeighbor(
  intent: Intent | null,
  wanted: Pick<ClearedNeighbor, 'address' | 'vrf'>,
  clear: ClearSession,
): Promise<Result<ClearedNeighbor>> {
  const neighbors = neighborsOf(intent)
  const address = toIpText(wanted.address) ?? wanted.address
  const found = neighbors.find(
    (neighbor) => neighbor.address === address && neighbor.vrf === wanted.vrf,
  )
  if (found === undefined) {
    const named = neighbors.map(({ address: ip, vrf }) => (vrf === null ? ip : `${ip} (${vrf})`))
    const known = named.length === 0 ? 'none' : named.slice(0, 5).join(', ')
    const detail = `the intent has no such neighbor, and demarc clears no other; it has: ${known}`
    const place = wanted.vrf === null ? '' : ` in VRF ${wanted.vrf}`
    return refused(fault('NOT_OWNED', `neighbor ${wanted.address}${place}`, detail))
  }
  const failed = await clear(found)
  return failed === null ? ok(found) : refused(failed)
}

function neighborsOf(intent: Intent | null): readonly ClearedNeighbor[] {
  return (intent?.attachments ?? []).flatMap(({ name, l3, bgp }) =>
    (bgp ?? []).map(({ neighborAddress }) => ({
      attachment: name,
      address: toIpText(neighborAddress) ?? neighborAddress,
      vrf: l3?.vrf ?? null,
    })),
  )
}
