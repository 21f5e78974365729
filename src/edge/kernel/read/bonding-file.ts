import { LACP_CHURN, type LacpChurn, type LacpMemberState } from '../../../core/model/state.js'

/** What `/proc/net/bonding/BOND` says of one member. */
export interface BondingMember {
  readonly actor: FileEnd
  readonly partner: FileEnd
  readonly churn: LacpMemberState['churn']
}

/** null: the file does not say it. */
interface FileEnd {
  readonly system: string | null
  readonly key: number | null
  readonly portNumber: number | null
}

/** The members by name, from the text of `/proc/net/bonding/BOND` (bond_procfs.c of the kernel). */
export function parseBonding(file: string): ReadonlyMap<string, BondingMember> {
  return new Map(
    file
      .split(/^Slave Interface: /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')).trim(), memberOf(section)]),
  )
}

function memberOf(section: string): BondingMember {
  const [head = '', ends = ''] = section.split('details actor lacp pdu:')
  const [actor = '', partner = ''] = ends.split('details partner lacp pdu:')
  const churned = { actor: churnOf(head, 'Actor'), partner: churnOf(head, 'Partner') }
  return {
    actor: endOf(actor),
    partner: endOf(partner),
    churn:
      churned.actor === null || churned.partner === null
        ? null
        : { actor: churned.actor, partner: churned.partner },
  }
}

/** The driver writes "port key" of this end and "oper key" of the partner. */
function endOf(text: string): FileEnd {
  return {
    system: /system mac address: ([0-9a-f:]{17})/.exec(text)?.[1] ?? null,
    key: numberAfter(text, /(?:port|oper) key: (\d{1,5})$/m),
    portNumber: numberAfter(text, /port number: (\d{1,5})$/m),
  }
}

function numberAfter(text: string, pattern: RegExp): number | null {
  const digits = pattern.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

function churnOf(text: string, end: 'Actor' | 'Partner'): LacpChurn | null {
  const word = new RegExp(`^${end} Churn State: (\\w+)$`, 'm').exec(text)?.[1]?.toUpperCase()
  return LACP_CHURN.find((each) => each === word) ?? null
}
