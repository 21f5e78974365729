import type { Intent } from '../../../src/core/wire/intent.js'
import type { RuleValue } from '../../../src/core/providers/subjects/line.js'
import type { SubjectName } from '../../../src/core/providers/subjects/subject-names.js'

type Key =
  | 'addresses'
  | 'aggregation'
  | 'asPaths'
  | 'attachments'
  | 'authPassword'
  | 'autoNegotiate'
  | 'bfd'
  | 'bgp'
  | 'circuit'
  | 'communities'
  | 'connections'
  | 'controlFrames'
  | 'gateway'
  | 'innerVlanId'
  | 'ipv6Unicast'
  | 'l2'
  | 'l3'
  | 'localAs'
  | 'macLimit'
  | 'maxPrefixes'
  | 'maximumPaths'
  | 'med'
  | 'mtu'
  | 'peerAs'
  | 'ports'
  | 'prefixes'
  | 'prependAs'
  | 'router'
  | 'stormControl'
  | 'ttlSecurity'
  | 'vlanId'

/** A part of a document that may be changed. */
interface Node extends Partial<Record<Key, unknown>> {
  [key: string]: unknown
}

/** The first connection, attachment and neighbour of a document that may be changed. */
interface Parts {
  readonly document: Node
  readonly router: Node
  readonly connection: Node
  readonly attachment: Node
  readonly neighbor: () => Node
}

type Write = (parts: Parts, value: RuleValue) => void

const BUNDLE = { lacpMode: 'ACTIVE', interval: 'FAST' }
const NEIGHBOR = { neighborAddress: '10.0.0.2', peerAs: 65_020 }

/** The intent with another value of a subject, at its first connection, attachment and neighbour. */
export function withValue(intent: Intent, subject: SubjectName, value: RuleValue): Intent {
  const document = JSON.parse(JSON.stringify(intent)) as Node
  const attachment = first(document.attachments)
  WRITERS[subject](
    {
      document,
      router: document.router as Node,
      connection: first(document.connections),
      attachment,
      neighbor() {
        attachment.bgp ??= [{ ...NEIGHBOR }]
        return first(attachment.bgp)
      },
    },
    value,
  )
  return JSON.parse(JSON.stringify(document)) as Intent
}

function first(list: unknown): Node {
  return (list as Node[])[0] ?? {}
}

const port =
  (key: string): Write =>
  ({ connection: { ports } }, value) =>
    (first(ports)[key] = value)
const neighbor =
  (key: string): Write =>
  (parts, value) =>
    (parts.neighbor()[key] = value)

function member(node: Node, key: string): Node {
  node[key] ??= {}
  return node[key] as Node
}

function family(parts: Parts, direction: 'import' | 'export'): Node {
  return member(member(parts.neighbor(), 'ipv4Unicast'), direction)
}

function addresses(parts: Parts, list: readonly string[]): void {
  delete parts.attachment.l2
  member(parts.attachment, 'l3').addresses = [...list]
}

function copies(list: Node[], count: number): readonly Node[] {
  return Array.from({ length: count }, (_, i) => ({ ...list[0], ...(i > 0 && { name: `n${i}` }) }))
}

/** The limits of the attachment, which is in a bridge from now on. */
function bridged(attachment: Node): Node {
  delete attachment.l3
  attachment.l2 = { bridge: 'br0' }
  return member(attachment.l2 as Node, 'protection')
}

const storm =
  (key: string): Write =>
  ({ attachment }, value) =>
    (bridged(attachment).stormControl = { [key]: value })

const isPresent = (value: RuleValue): boolean => value === 'present'

const WRITERS: Readonly<Record<SubjectName, Write>> = {
  'port-count': (parts, value) => {
    parts.connection.ports = copies(parts.connection.ports as Node[], Number(value))
  },
  bundle: (parts, value) => {
    parts.connection.aggregation = isPresent(value) ? BUNDLE : undefined
  },
  'lacp-mode': (parts, value) => (parts.connection.aggregation = { ...BUNDLE, lacpMode: value }),
  'optic-kinds': (parts, value) => {
    const ports = copies(parts.connection.ports as Node[], Number(value))
    parts.connection.ports = ports.map((each, i) => ({ ...each, optic: `optic-${i}` }))
  },
  'attachment-count': ({ document }, value) => {
    document.attachments = copies(document.attachments as Node[], Number(value))
  },
  'connection-count': ({ document }, value) => {
    document.connections = copies(document.connections as Node[], Number(value))
  },
  optic: port('optic'),
  connector: (parts, value) => (parts.connection.circuit = { loa: { connector: value } }),
  speed: port('speed'),
  bandwidth: (parts, value) => (parts.connection.circuit = { bandwidth: value }),
  duplex: port('duplex'),
  'auto-negotiation': ({ connection: { ports } }, value) =>
    (first(ports).autoNegotiate = value === 'on'),
  tagging: ({ attachment }, value) => (attachment.vlanId = value === 'tagged' ? 100 : null),
  vlan: ({ attachment }, value) => (attachment.vlanId = value),
  'inner-tag': ({ attachment }, value) =>
    (attachment.innerVlanId = isPresent(value) ? 7 : undefined),
  layer: (parts, value) => {
    if (value === 'routed') return addresses(parts, ['10.0.0.1/30'])
    delete parts.attachment.l3
    parts.attachment.l2 = { bridge: 'br0' }
  },
  mtu: ({ attachment }, value) => (attachment.mtu = value),
  'spanning-tree': ({ attachment }, value) =>
    (attachment.l2 = { bridge: 'br0', stp: value === 'on' }),
  'bridge-attachments': ({ document, attachment }, value) => {
    bridged(attachment)
    document.attachments = copies(document.attachments as Node[], Number(value))
  },
  'mac-limit': ({ attachment }, value) => (bridged(attachment).macLimit = value),
  'control-frames': ({ attachment }, value) => (bridged(attachment).controlFrames = value),
  'broadcast-rate': storm('broadcast'),
  'multicast-rate': storm('multicast'),
  'unknown-unicast-rate': storm('unknownUnicast'),
  'address-count': (parts, value) =>
    addresses(
      parts,
      Array.from({ length: Number(value) }, (_, i) => `10.0.${i}.1/30`),
    ),
  'session-count': (parts, value) => {
    addresses(parts, ['10.0.0.1/30'])
    parts.attachment.bgp = copies([parts.neighbor()], Number(value))
  },
  gateway: (parts, value) => {
    family(parts, 'export')
    member(parts.attachment, 'gateway')['name'] = value
  },
  'gateway-export-limit': (parts, value) => {
    family(parts, 'export')
    parts.attachment.gateway = { name: 'gateway', maxPrefixes: { limit: value } }
  },
  'prefix-length': (parts, value) => addresses(parts, [`10.0.0.2/${value}`]),
  pool: (parts, value) => addresses(parts, [String(value)]),
  'address-family': (parts, value) =>
    addresses(parts, [value === 'IPv6' ? '2001:db8::1/126' : '10.0.0.1/30']),
  'own-host': (parts, value) => addresses(parts, [`10.0.0.${value}/30`]),
  'peer-as': neighbor('peerAs'),
  'own-as': (parts, value) => {
    parts.neighbor()
    parts.router.localAs = value
  },
  'as-relation': (parts, value) => {
    const own = Number(parts.router.localAs)
    parts.neighbor().peerAs = value === 'internal' ? own : own + 1
  },
  password: (parts, value) =>
    (parts.neighbor().authPassword = isPresent(value) ? { secret: 'key' } : undefined),
  'password-length': (parts) => (parts.neighbor().authPassword = { secret: 'key' }),
  bfd: (parts, value) => (parts.neighbor().bfd = isPresent(value) ? {} : undefined),
  'bfd-transmit-interval': (parts, value) =>
    (parts.neighbor().bfd = { desiredMinimumTxInterval: value }),
  'bfd-receive-interval': (parts, value) =>
    (parts.neighbor().bfd = { requiredMinimumReceive: value }),
  'bfd-multiplier': (parts, value) => (parts.neighbor().bfd = { detectionMultiplier: value }),
  'hold-time': neighbor('holdTime'),
  multihop: neighbor('multihop'),
  'ttl-security': (parts, value) =>
    (parts.neighbor().ttlSecurity = isPresent(value) ? true : undefined),
  'graceful-restart': neighbor('gracefulRestart'),
  'ipv6-routes': (parts, value) =>
    (parts.neighbor().ipv6Unicast = isPresent(value) ? {} : undefined),
  'import-limit': (parts, value) => (family(parts, 'import').maxPrefixes = { limit: value }),
  'export-limit': (parts, value) => (family(parts, 'export').maxPrefixes = { limit: value }),
  'import-length': (parts, value) =>
    (family(parts, 'import').prefixes = [`10.0.0.0/8 le ${value}`]),
  'export-length': (parts, value) =>
    (family(parts, 'export').prefixes = [`10.0.0.0/8 le ${value}`]),
  'export-path-without': (parts, value) =>
    (family(parts, 'export').asPaths = { without: String(value).split(' ') }),
  med: (parts, value) => (family(parts, 'export').med = isPresent(value) ? 10 : undefined),
  prepend: (parts, value) => (family(parts, 'export').prependAs = value),
  communities: (parts, value) =>
    (family(parts, 'export').communities = isPresent(value) ? ['65010:1'] : []),
  'maximum-paths': ({ router }, value) => (router.maximumPaths = value),
}
