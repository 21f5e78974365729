import type { BondOptions, Protection } from '../../model/link.js'
import type { ExportedNeighbor, NotExported } from '../../model/exported.js'
import { neighborSubject } from '../../model/names.js'

/** An intent in the making: its names and texts are not checked yet. */
export interface Draft {
  readonly vrfs: readonly DraftVrf[]
  readonly connections: readonly DraftConnection[]
  readonly attachments: readonly DraftAttachment[]
}

/** The part of a router that an intent can describe so far, and the rest with its reasons. */
export interface Drafted {
  readonly draft: Draft
  readonly notExported: readonly NotExported[]
}

/** A VRF of the draft. */
export interface DraftVrf {
  readonly name: string
  readonly table: number
}

/** A connection of the draft; `interface` only where its link has not the usual name. */
export interface DraftConnection {
  readonly name: string
  readonly interface?: string
  readonly mtu: number
  readonly ports: readonly DraftPort[]
  /** null: one port alone. */
  readonly bond: BondOptions | null
  /** The MAC address that somebody chose for the bond; absent: it has that of a port. */
  readonly mac?: string
}

/** A port of the draft, with what is set on it by hand. */
export interface DraftPort {
  readonly name: string
  readonly autoNegotiate?: boolean
  /** Mb/s. */
  readonly speed?: number
  readonly duplex?: 'FULL' | 'HALF'
}

/** An attachment of the draft; `interface` only where its link has not the usual name. */
export interface DraftAttachment {
  readonly name: string
  readonly connection: string
  readonly vlanId: number | null
  readonly innerVlanId?: number
  readonly tpid?: '0x88a8'
  readonly interface?: string
  readonly mtu: number
  /** null: the default VRF, or a bridge. */
  readonly vrf: string | null
  readonly addresses: readonly string[]
  readonly bridge: DraftBridge | null
  /** Of an attachment in a bridge. */
  readonly protection: Protection | undefined
  readonly neighbors: readonly ExportedNeighbor[]
}

/** A bridge that attachments of the draft are in; `members` are its other links. */
export interface DraftBridge {
  readonly name: string
  readonly members: readonly string[]
  readonly stp: boolean
}

/** What is removed from a draft: its subject, and the reason. */
export type Reasons = ReadonlyMap<string, string>

/** What messages call the parts of a draft. */
export const subjects = {
  vrf: (name: string) => `VRF ${name}`,
  connection: (name: string) => `connection ${name}`,
  attachment: (name: string) => `attachment ${name}`,
  neighbor: ({ address, vrf }: Pick<ExportedNeighbor, 'address' | 'vrf'>) =>
    neighborSubject(address, vrf),
}

/**
 * The draft without these parts, and without the parts that need them. Half of a bridge, or a bond
 * without its untagged attachment, would change the rest of it when the router is taken over.
 */
export function without({ draft, notExported }: Drafted, reasons: Reasons): Drafted {
  const removed = closure(draft, reasons)
  const stays = (subject: string) => !removed.has(subject)
  return {
    draft: {
      vrfs: draft.vrfs.filter(({ name }) => stays(subjects.vrf(name))),
      connections: draft.connections.filter(({ name }) => stays(subjects.connection(name))),
      attachments: draft.attachments
        .filter(({ name }) => stays(subjects.attachment(name)))
        .map((attachment) => ({
          ...attachment,
          neighbors: attachment.neighbors.filter((neighbor) => stays(subjects.neighbor(neighbor))),
        })),
    },
    notExported: [...notExported, ...[...removed].map(([at, why]) => ({ at, why }))],
  }
}

/** These parts, and every part that needs one of them. */
function closure(draft: Draft, reasons: Reasons): Reasons {
  const removed = new Map(reasons)
  let before = -1
  while (removed.size > before) {
    before = removed.size
    for (const { subject, needs } of needsOf(draft)) {
      const missing = needs.find((need) => removed.has(need))
      if (missing !== undefined && !removed.has(subject)) {
        removed.set(subject, `it needs ${missing}, which is not exported`)
      }
    }
  }
  return removed
}

interface Need {
  readonly subject: string
  readonly needs: readonly string[]
}

function needsOf({ attachments }: Draft): readonly Need[] {
  const bridged = new Map<string, string[]>()
  for (const { name, bridge } of attachments) {
    if (bridge === null) continue
    bridged.set(bridge.name, [...(bridged.get(bridge.name) ?? []), subjects.attachment(name)])
  }
  return attachments.flatMap((attachment): Need[] => {
    const subject = subjects.attachment(attachment.name)
    const connection = subjects.connection(attachment.connection)
    return [
      {
        subject,
        needs: [
          connection,
          ...(attachment.vrf === null ? [] : [subjects.vrf(attachment.vrf)]),
          ...(bridged.get(attachment.bridge?.name ?? '') ?? []),
        ],
      },
      ...(attachment.vlanId === null ? [{ subject: connection, needs: [subject] }] : []),
      ...attachment.neighbors.map((neighbor) => ({
        subject: subjects.neighbor(neighbor),
        needs: [subject],
      })),
    ]
  })
}
