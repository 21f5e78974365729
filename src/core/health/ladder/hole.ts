import type { AttachmentState } from '../../model/state.js'
import type { FullSize, Rung } from './terms.js'

/** Whose answers are judged. */
export interface TrafficContext {
  readonly place: string
  readonly address: string
  readonly attachment: AttachmentState
  /** A session with it is up, which shows that packets pass in both directions. */
  readonly isUp: boolean
  /** A host beyond the neighbours. */
  readonly isBeyond: boolean
  /** When the look was made. */
  readonly at: string
}

export function ownAddresses({ addresses }: AttachmentState): string {
  return addresses.length === 0 ? 'this router' : addresses.join(', ')
}

/** Whose fault it is that packets of the full size do not come back. */
export function blackHole(
  { size, largest }: FullSize,
  address: string,
  attachment: AttachmentState,
): Pick<Rung, 'side' | 'text'> {
  const most = largest === null ? 'small ones do' : `${largest} octets do`
  const head = `Packets of ${size} octets to ${address} do not come back unfragmented, and ${most}`
  if ((attachment.mtu ?? size) < size) {
    const text = `${head}: ${attachment.interface} has an MTU of ${attachment.mtu ?? 0} octets; see "demarc status" for the reason.`
    return { side: 'ROUTER', text }
  }
  const text = `${head}: ask the far end for the MTU on this VLAN, and set "mtu" of ${attachment.name} to what passes meanwhile.`
  return { side: 'PEER', text }
}
