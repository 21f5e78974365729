import type { BondOptions } from '../../model/link.js'
import type { FoundNeighbor, LeftOut } from '../../model/found.js'
import { neighborSubject } from '../../model/subject.js'

/** An intent on its way: names and texts are not checked yet. */
export interface Draft {
  readonly vrfs: readonly DraftVrf[]
  readonly connections: readonly DraftConnection[]
  readonly attachments: readonly DraftAttachment[]
}

/** What was made of a router, and what could not be. */
export interface Drafted {
  readonly draft: Draft
  readonly left: readonly LeftOut[]
}

export interface DraftVrf {
  readonly name: string
  readonly table: number
}

export interface DraftConnection {
  readonly name: string
  readonly interface?: string
  readonly mtu: number
  readonly ports: readonly { readonly name: string }[]
  /** null: one port alone. */
  readonly bond: BondOptions | null
}

export interface DraftAttachment {
  readonly name: string
  readonly connection: string
  readonly vlanId: number | null
  readonly interface?: string
  readonly mtu: number
  /** null: the default VRF, or a bridge. */
  readonly vrf: string | null
  readonly addresses: readonly string[]
  readonly bridge: DraftBridge | null
  readonly neighbors: readonly FoundNeighbor[]
}

export interface DraftBridge {
  readonly name: string
  readonly members: readonly string[]
  readonly stp: boolean
}

/** What is taken out of a draft, by what people call it, with the reason. */
export type Reasons = ReadonlyMap<string, string>

export const subjects = {
  vrf: (name: string) => `VRF ${name}`,
  connection: (name: string) => `connection ${name}`,
  attachment: (name: string) => `attachment ${name}`,
  neighbor: ({ address, vrf }: Pick<FoundNeighbor, 'address' | 'vrf'>) =>
    neighborSubject(address, vrf),
}

/**
 * The draft without these and without what cannot be there without them. Half of a bridge, or a bond
 * without its own untagged service, would change what is left when it is taken over.
 */
export function without({ draft, left }: Drafted, reasons: Reasons): Drafted {
  const out = closure(draft, reasons)
  const stays = (subject: string) => !out.has(subject)
  return {
    draft: {
      vrfs: draft.vrfs.filter(({ name }) => stays(subjects.vrf(name))),
      connections: draft.connections.filter(({ name }) => stays(subjects.connection(name))),
      attachments: draft.attachments
        .filter(({ name }) => stays(subjects.attachment(name)))
        .map((one) => ({
          ...one,
          neighbors: one.neighbors.filter((neighbor) => stays(subjects.neighbor(neighbor))),
        })),
    },
    left: [...left, ...[...out].map(([at, why]) => ({ at, why }))],
  }
}

function closure(draft: Draft, reasons: Reasons): Reasons {
  const out = new Map(reasons)
  let before = -1
  while (out.size > before) {
    before = out.size
    for (const { subject, needs } of needsOf(draft)) {
      const missing = needs.find((need) => out.has(need))
      if (missing !== undefined && !out.has(subject)) {
        out.set(subject, `it goes with ${missing}, which is left out`)
      }
    }
  }
  return out
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
  return attachments.flatMap((one): Need[] => {
    const subject = subjects.attachment(one.name)
    const connection = subjects.connection(one.connection)
    return [
      {
        subject,
        needs: [
          connection,
          ...(one.vrf === null ? [] : [subjects.vrf(one.vrf)]),
          ...(bridged.get(one.bridge?.name ?? '') ?? []),
        ],
      },
      ...(one.vlanId === null ? [{ subject: connection, needs: [subject] }] : []),
      ...one.neighbors.map((neighbor) => ({
        subject: subjects.neighbor(neighbor),
        needs: [subject],
      })),
    ]
  })
}
