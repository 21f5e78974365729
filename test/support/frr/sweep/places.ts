import { FAMILIES } from '../../../../src/core/frr/names.js'
import type { FrrDaemon } from '../../../../src/core/model/plan.js'
import { statementsOf } from './statements.js'

/** A configuration node of FRR in which somebody may type over what is demarc's. */
export interface SweepPlace {
  /** For reports: `map`, `neighbor`, `block`, `l2vpn evpn`. */
  readonly name: string
  readonly daemon: FrrDaemon
  /** Whether the statements are settings of the block, which a new neighbour gets too. */
  readonly isShared: boolean
  /** The lines that open the node. */
  readonly inside: readonly string[]
  /** The statements for a line of the node's `list`. */
  readonly statements: (line: string) => readonly string[]
}

/** The address of demarc's neighbour, and the name of its policies without the direction. */
export const SWEPT_NEIGHBOR = '10.0.0.1'
export const SWEPT_POLICY = `demarc-net-a-${SWEPT_NEIGHBOR}`
const SWEPT_PROFILE = 'demarc-300-300-3'

const VALUES: Readonly<Record<string, readonly string[]>> = {
  'A.B.C.D': ['192.0.2.7'],
  'A.B.C.D/M': ['192.168.0.0/16'],
  'X:X::X:X': ['2001:db8::7'],
  'X:X::X:X/M': ['2001:db8::/32'],
  'X:X:X:X:X:X': ['02:00:00:00:00:07'],
  ASNUM: ['65123'],
  LINE: ['somebody typed this'],
  MSG: ['somebody typed this'],
  'AA:NN': ['65123:7'],
  'AA:BB:CC': ['65123:7:7'],
  'ASN:NN_OR_IP-ADDRESS:NN': ['65123:7'],
  RTLIST: ['65123:7'],
  RT: ['65123:7'],
  PGNAME: ['GROUP'],
  IFNAME: ['lo'],
  VIEWVRFNAME: ['blue'],
  WORD: ['77'],
}

function values(name: string): readonly string[] {
  return VALUES[name] ?? ['SOMEBODY']
}

/** Prefixes that a prefix list of demarc's is typed over with, for each spelling of a range. */
const PREFIXES: Readonly<Record<string, readonly string[]>> = {
  'A.B.C.D/M': ['0.0.0.0/0', '10.64.0.0/10', '172.16.0.0/12'],
  'X:X::X:X/M': ['::/0', '2001:db8::/32'],
}

function listValues(name: string): readonly string[] {
  return PREFIXES[name] ?? values(name)
}

/**
 * Lines about a neighbour are typed with the address of demarc's. A line that takes only a word is about an
 * interface or a peer group.
 */
function neighborStatements(line: string): readonly string[] {
  const target = /^((?:\[no\] |no )?neighbor )<A\.B\.C\.D\|X:X::X:X(?:\|WORD)?>/
  if (!target.test(line)) return []
  return statementsOf(line.replace(target, `$1${SWEPT_NEIGHBOR}`), values)
}

function blockStatements(line: string): readonly string[] {
  return /^(\[no\] |no )?(neighbor|address-family) /.test(line) ? [] : statementsOf(line, values)
}

function listStatements(line: string): readonly string[] {
  const [, kind = ''] = /^(?:no )?(ip|ipv6) prefix-list /.exec(line) ?? []
  if (kind === '' || line.startsWith('no ')) return []
  const name = `${SWEPT_POLICY}-${kind === 'ip' ? 'v4' : 'v6'}-out`
  const low = kind === 'ip' ? 'ge (24-24)|le (32-32)' : 'ge (48-48)|le (128-128)'
  return statementsOf(
    line
      .replace(/(?<=prefix-list )[A-Z]\w*/, name)
      .replace('(1-4294967295)', '(77-77)')
      .replace(/ge \(\d+-\d+\)\|le \(\d+-\d+\)/, low),
    listValues,
  )
}

function daemonStatements(line: string): readonly string[] {
  return /^(\[no\] |no )?bgp (?!.*-list |community )/.test(line) ? statementsOf(line, values) : []
}

const BLOCK = 'router bgp 65010'

/** Every node, and both a neighbour's and the block's own lines in it. */
export function sweepPlaces(): readonly SweepPlace[] {
  const bgpd = { daemon: 'bgpd', isShared: false } as const
  const families = FAMILIES.flatMap((family): readonly SweepPlace[] => {
    const inside = [BLOCK, `address-family ${family}`]
    return [
      { ...bgpd, name: `neighbor ${family}`, inside, statements: neighborStatements },
      { ...bgpd, name: `block ${family}`, inside, isShared: true, statements: blockStatements },
    ]
  })
  const maps = ['v4-in', 'v4-out'].map((end): SweepPlace => ({
    ...bgpd,
    name: `map ${end}`,
    inside: [`route-map ${SWEPT_POLICY}-${end} permit 10`],
    statements: (line) => statementsOf(line, values),
  }))
  return [
    { ...bgpd, name: 'list', inside: [], statements: listStatements },
    { ...bgpd, name: 'neighbor', inside: [BLOCK], statements: neighborStatements },
    ...maps,
    ...families,
    { ...bgpd, name: 'block', isShared: true, inside: [BLOCK], statements: blockStatements },
    { ...bgpd, name: 'daemon', isShared: true, inside: [], statements: daemonStatements },
    {
      name: 'profile',
      isShared: false,
      daemon: 'bfdd',
      inside: ['bfd', `profile ${SWEPT_PROFILE}`],
      statements: (line) => statementsOf(line, values),
    },
  ]
}
