import type { InterfaceAddress } from '../../../core/model/names.js'
import type { KernelStep } from '../../../core/model/plan.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import type { PlainAddress } from '../messages/addresses.js'
import { dumpNames, dumpPlainAddresses } from './links.js'

/** The protocol of an address where the kernel keeps another one than it was asked for. */
export interface RecordedMark {
  /** Of the link. */
  readonly index: number
  readonly address: InterfaceAddress
  /** When the kernel made the address, in 1/100 s since boot. One that is deleted and added again has another time. */
  readonly created: number
  readonly protocol: number
}

/**
 * The marks that the kernel does not hold. Linux 6.1 accepts another IFA_PROTO for an IPv4 address that exists, and
 * keeps the old one. Of what it does change on such an address, the metric (IFA_RT_PRIORITY) is no mark: bgpd takes
 * it for the cost of the next hop, and no longer spreads packets over two providers where only one address has it.
 */
export interface MarkRecord {
  /** Those of this boot. */
  readonly all: () => readonly RecordedMark[]
  /** Resolves when they would survive a power cut. */
  readonly replace: (marks: readonly RecordedMark[]) => Promise<void>
}

/** A record that ends with the process. */
export function memoryMarks(): MarkRecord {
  let marks: readonly RecordedMark[] = []
  return {
    all: () => marks,
    async replace(next) {
      marks = next
    },
  }
}

/** Reads back what these steps marked, and records what the kernel did not take. Rejects with a FaultError. */
export async function recordMarks(
  socket: NetlinkSocket,
  steps: readonly Extract<KernelStep, { do: 'address-mark' }>[],
  record: MarkRecord,
): Promise<void> {
  const { indexes } = await dumpNames(socket)
  const placeOf = (index: number | undefined, address: string) => `${index} ${address}`
  const asked = new Map(
    steps.map(({ link, address, to }) => [placeOf(indexes.get(link), address), to]),
  )
  const before = new Map(record.all().map((mark) => [identityOf(mark), mark.protocol]))
  const after = (await dumpPlainAddresses(socket)).flatMap((plain): RecordedMark[] => {
    const { index, address, created } = plain
    const protocol = asked.get(placeOf(index, address)) ?? before.get(identityOf(plain))
    if (protocol === undefined || protocol === plain.protocol) return []
    return [{ index, address, created, protocol }]
  })
  if (JSON.stringify(after) !== JSON.stringify(record.all())) await record.replace(after)
}

/** Gives addresses the protocols that the record has for them. */
export function withRecord(
  record: Pick<MarkRecord, 'all'>,
): (addresses: readonly PlainAddress[]) => readonly PlainAddress[] {
  return (addresses) => {
    const marks = new Map(record.all().map((mark) => [identityOf(mark), mark.protocol]))
    if (marks.size === 0) return addresses
    return addresses.map((plain) => ({
      ...plain,
      protocol: marks.get(identityOf(plain)) ?? plain.protocol,
    }))
  }
}

function identityOf({ index, address, created }: Omit<RecordedMark, 'protocol'>): string {
  return `${index} ${address} ${created}`
}
