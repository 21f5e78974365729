import { type Fault, fault } from '../../base/fault.js'
import { IFNAME_LENGTH } from '../survey/layout.js'
import type { Site, IntentIndex } from '../survey/intent-index.js'

/** Names that mean something else to the kernel (`net.*.conf`, sysfs) or to FRR. */
const RESERVED = new Set(['all', 'default', 'lo', 'bonding_masters'])

/** Somebody wants an interface of this name. */
interface Claim {
  readonly name: string
  readonly at: string
  /** Two claims with one key are one and the same thing. */
  readonly key: string
  readonly what: string
}

/** Every interface has one name, every name one interface. */
export function checkNames(survey: IntentIndex): Fault[] {
  return [
    ...unique(survey.trunks.map(({ at, connection }) => [`${at}.name`, connection.name])),
    ...unique(survey.sites.map(({ at, attachment }) => [`${at}.name`, attachment.name])),
    ...survey.sites.flatMap(tooLong),
    ...clashes(claims(survey)),
  ]
}

function unique(names: readonly (readonly [at: string, name: string])[]): Fault[] {
  const first = new Map<string, string>()
  return names.flatMap(([at, name]) => {
    const before = first.get(name)
    if (before !== undefined) return [conflict(at, `"${name}" is taken by ${before}`)]
    first.set(name, at)
    return []
  })
}

function tooLong(site: Site): Fault[] {
  if (site.interface !== undefined || site.trunk === undefined) return []
  const says =
    `the interface would be called "${site.wouldBe}", and the kernel takes ` +
    `${IFNAME_LENGTH} characters; give it a name with "interface"`
  return [fault('INTENT_VALUE', `${site.at}.vlanId`, says)]
}

function clashes(all: readonly Claim[]): Fault[] {
  const first = new Map<string, Claim>()
  return all.flatMap((one) => {
    if (RESERVED.has(one.name)) {
      return [fault('INTENT_VALUE', one.at, `"${one.name}" is a reserved name`)]
    }
    const before = first.get(one.name)
    if (before === undefined) first.set(one.name, one)
    if (before === undefined || before.key === one.key) return []
    const says = `${one.what} "${one.name}" is already the ${before.what} at ${before.at}`
    return [conflict(one.at, says)]
  })
}

function claims({ intent, trunks, sites }: IntentIndex): Claim[] {
  return [
    ...(intent.vrfs ?? []).map(({ name }, i) => claim(`vrfs[${i}].name`, 'VRF', name)),
    ...trunks.flatMap(({ at, connection }) =>
      connection.ports.map(({ name }, i) => claim(`${at}.ports[${i}].name`, 'port', name)),
    ),
    ...trunks.flatMap(({ at, connection, interface: bond }) =>
      connection.aggregation === undefined || bond === undefined
        ? []
        : [claim(connection.interface === undefined ? at : `${at}.interface`, 'bond', bond)],
    ),
    ...sites.flatMap(vlanClaim),
    ...sites.flatMap(bridgeClaims),
  ]
}

function claim(at: string, what: string, name: string, key = at): Claim {
  return { at, what, name, key }
}

/** Two attachments with one VLAN on one connection are another check's business. */
function vlanClaim(site: Site): Claim[] {
  const { vlanId, connection, interface: named } = site.attachment
  if (vlanId === null || site.interface === undefined) return []
  const at = named === undefined ? `${site.at}.vlanId` : `${site.at}.interface`
  return [claim(at, 'VLAN interface', site.interface, `${connection} ${vlanId}`)]
}

/** Attachments may share a bridge, and may both name its members. */
function bridgeClaims(site: Site): Claim[] {
  const { l2 } = site.attachment
  if (l2 === undefined) return []
  return [
    claim(`${site.at}.l2.bridge`, 'bridge', l2.bridge, `bridge ${l2.bridge}`),
    ...(l2.members ?? []).map((name, i) =>
      claim(`${site.at}.l2.members[${i}]`, 'bridge member', name, `${l2.bridge} ${name}`),
    ),
  ]
}

function conflict(at: string, says: string): Fault {
  return fault('INTENT_CONFLICT', at, says)
}
