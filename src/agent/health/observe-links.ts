import { groupBy } from '../../core/base/group-by.js'
import type { Reuse } from '../../core/base/remember.js'
import { seconds, type Millis } from '../../core/base/time.js'
import type { Layout } from '../../core/intent/survey/layout.js'
import { wantedProtection } from '../../core/intent/survey/protection.js'
import { ALIAS_MARK, type HaveLink, type ProtectionCounts } from '../../core/model/link.js'
import { isOurs } from '../../core/model/own-link.js'
import { PROBE_DEFAULTS } from '../../core/model/intent-defaults.js'
import { toInterfaceAddress } from '../../core/model/names.js'
import type { ProbedTarget } from '../../core/model/probe.js'
import type {
  AttachmentState,
  ConnectionState,
  CounterSample,
  LacpState,
  LinkCounters,
  PortState,
} from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'

/** The interfaces of this router, by name. */
export type LinksByName = ReadonlyMap<string, HaveLink>

/** What the marks on demarc's own links name. */
export function marksOn(links: readonly HaveLink[]): ReadonlySet<string> {
  return new Set(links.filter(isOurs).map(({ alias }) => alias.slice(ALIAS_MARK.length)))
}

/** Interfaces of the connections that are bundles. */
export function bundleNames(intent: Intent | null, names: Layout): readonly string[] {
  const bundles = intent?.connections.filter(({ aggregation }) => aggregation !== undefined) ?? []
  return bundles.map(({ name }) => names.connections.get(name) ?? name)
}

/** Every connection of the intent. `lacp` has the states of the bonds that there are. */
export function observeConnections(
  intent: Intent | null,
  names: Layout,
  links: LinksByName,
  lacp: ReadonlyMap<string, LacpState | null>,
): ConnectionState[] {
  return (intent?.connections ?? []).map(({ name, ports, aggregation, circuit }) => {
    const interfaceName = names.connections.get(name) ?? name
    const link = links.get(interfaceName)
    return {
      name,
      interface: interfaceName,
      ports: ports.map((port) => port.name),
      present: link !== undefined,
      carrier: link?.carrier ?? false,
      lacp: aggregation === undefined ? null : (lacp.get(interfaceName) ?? null),
      ...(circuit && { circuit }),
    }
  })
}

/** Interfaces of the attachments whose frames are limited. */
export function limitedLinks(intent: Intent | null, names: Layout): readonly string[] {
  const limited = intent?.attachments.filter((each) => wantedProtection(each) !== undefined) ?? []
  return limited.map(({ name }) => names.attachments.get(name) ?? name)
}

/** Every attachment of the intent. */
export function observeAttachments(
  intent: Intent | null,
  names: Layout,
  {
    links,
    counts,
    last,
  }: {
    readonly links: LinksByName
    readonly counts: readonly ProtectionCounts[]
    readonly last: Reuse<AttachmentState>
  },
): AttachmentState[] {
  last.begin()
  const countsOf = new Map(counts.map((each) => [each.link, each]))
  return (intent?.attachments ?? []).map((attachment) => {
    const interfaceName = names.attachments.get(attachment.name) ?? attachment.name
    const link = links.get(interfaceName)
    const counted = countsOf.get(interfaceName)
    return last.take(attachment.name, [attachment, interfaceName, link, counted], () =>
      attachmentState(attachment, interfaceName, link, counted),
    )
  })
}

function attachmentState(
  attachment: Intent['attachments'][number],
  interfaceName: string,
  link: HaveLink | undefined,
  counted: ProtectionCounts | undefined,
): AttachmentState {
  const { name, connection, vlanId, innerVlanId, l2, l3, circuit } = attachment
  const seen = linkState(link)
  const limits = wantedProtection(attachment)
  const wanted = l3?.addresses.map((address) => toInterfaceAddress(address) ?? address) ?? []
  return {
    ...seen,
    name,
    connection,
    interface: interfaceName,
    vlanId,
    ...(innerVlanId !== undefined && { innerVlanId }),
    expectedMtu: expectedMtu(attachment),
    missingAddresses: wanted.filter((address) => !seen.addresses.includes(address)),
    bridge: l2 === undefined ? null : seen.bridge,
    ...(limits && counted && { protection: { limits, counts: counted } }),
    ...(circuit && { circuit }),
  }
}

/** The counters of all links, by the index of the link. */
export type CountersByIndex = ReadonlyMap<number, CounterSample>

/** Reads the counters of all links. */
export async function sampleCounters({
  counters: read,
  now,
}: {
  readonly counters: () => Promise<ReadonlyMap<number, LinkCounters>>
  readonly now: () => Millis
}): Promise<CountersByIndex> {
  const at = now()
  return new Map([...(await read())].map(([index, counters]) => [index, { at, counters }]))
}

/** The counters by the name of the link; none where one of both could not be read now. */
export function countedLinks(
  links: readonly HaveLink[],
  fault: string | null,
  counters: CountersByIndex | null,
): ReadonlyMap<string, CounterSample> {
  if (fault !== null || counters === null) return new Map()
  return new Map(
    links.flatMap(({ index, name }) => {
      const sample = counters.get(index)
      return sample === undefined ? [] : [[name, sample] as const]
    }),
  )
}

/** A port or an attachment with what its interface has counted. */
export function withCounted<Part extends PortState | AttachmentState>(
  part: Part,
  counted: CounterSample | undefined,
): Part {
  return counted === undefined ? part : { ...part, counted }
}

/** Attachments with what their interfaces have counted. */
export function allCounted(
  attachments: readonly AttachmentState[],
  counted: ReadonlyMap<string, CounterSample>,
  last: Reuse<AttachmentState>,
): readonly AttachmentState[] {
  last.begin()
  return attachments.map((attachment) => {
    const sample = counted.get(attachment.interface)
    return last.take(attachment.name, [attachment, sample], () => withCounted(attachment, sample))
  })
}

/** Attachments with what is known of the targets that they probe. */
export function withProbes(
  intent: Intent | null,
  attachments: readonly AttachmentState[],
  probed: readonly ProbedTarget[],
): readonly AttachmentState[] {
  if (probed.length === 0) return attachments
  const byAttachment = groupBy(probed, ({ target }) => target.attachment)
  const wanted = new Map<string, { readonly interval?: number } | undefined>(
    intent?.attachments.map(({ name, probe }) => [name, probe]),
  )
  return attachments.map((attachment) => {
    const probe = wanted.get(attachment.name)
    if (probe === undefined) return attachment
    const interval = seconds(probe.interval ?? PROBE_DEFAULTS.interval)
    const targets = byAttachment.get(attachment.name) ?? []
    return { ...attachment, probe: { interval, targets } }
  })
}

/** An untagged attachment in a bridge states the MTU of the bridge, not of its own link: not checked. */
function expectedMtu({ mtu, vlanId, l2 }: Intent['attachments'][number]): number | null {
  return vlanId === null && l2 !== undefined ? null : (mtu ?? null)
}

const NO_LINK = { present: false, up: false, carrier: false, mtu: null, bridge: null }

function linkState(link: HaveLink | undefined) {
  if (link === undefined) return { ...NO_LINK, addresses: [] as readonly string[] }
  const { up, carrier, mtu, master: bridge } = link
  const addresses: readonly string[] = link.addresses.map(({ address }) => address)
  return { present: true, up, carrier, mtu, bridge, addresses }
}
