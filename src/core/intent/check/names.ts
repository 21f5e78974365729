import { type Fault, fault } from '../../base/fault.js'
import { IFNAME_LENGTH, outerTag } from '../survey/layout.js'
import { outerKey, type Site, type IntentIndex } from '../survey/intent-index.js'

/** Names that mean something else to the kernel (`net.*.conf`, sysfs) or to FRR. */
const RESERVED = new Set(['all', 'default', 'lo', 'bonding_masters'])

/** A part of the intent that needs an interface of this name. */
interface Claim {
  readonly name: string
  readonly at: string
  /** Claims with the same key are about the same interface, and do not conflict. */
  readonly key: string
  readonly what: string
}

/** Names of connections and attachments are unique, and no interface name is used for two things. */
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
  const message =
    `the interface would be called "${site.wouldBe}", and the kernel takes ` +
    `${IFNAME_LENGTH} characters; give it a name with "interface"`
  return [fault('INTENT_VALUE', `${site.at}.vlanId`, message)]
}

function clashes(all: readonly Claim[]): Fault[] {
  const first = new Map<string, Claim>()
  return all.flatMap((claim) => {
    if (RESERVED.has(claim.name)) {
      return [fault('INTENT_VALUE', claim.at, `"${claim.name}" is a reserved name`)]
    }
    const before = first.get(claim.name)
    if (before === undefined) first.set(claim.name, claim)
    if (before === undefined || before.key === claim.key) return []
    const message = `${claim.what} "${claim.name}" is already the ${before.what} at ${before.at}`
    return [conflict(claim.at, message)]
  })
}

function claims({ intent, trunks, sites }: IntentIndex): Claim[] {
  const singles = new Set(
    sites.filter(({ attachment }) => attachment.innerVlanId === undefined).map(outerKey),
  )
  return [
    ...(intent.vrfs ?? []).map(({ name }, i) => newClaim(`vrfs[${i}].name`, 'VRF', name)),
    ...trunks.flatMap(({ at, connection }) =>
      connection.ports.map(({ name }, i) => newClaim(`${at}.ports[${i}].name`, 'port', name)),
    ),
    ...trunks.flatMap(({ at, connection, interface: bond }) =>
      connection.aggregation === undefined || bond === undefined
        ? []
        : [newClaim(connection.interface === undefined ? at : `${at}.interface`, 'bond', bond)],
    ),
    ...sites.flatMap((site) => vlanClaims(site, singles)),
    ...sites.flatMap(bridgeClaims),
  ]
}

function newClaim(at: string, what: string, name: string, key = at): Claim {
  return { at, what, name, key }
}

/** `checkTags` reports two attachments with the same tags on a connection; here they do not conflict. */
function vlanClaims(site: Site, singles: ReadonlySet<string>): Claim[] {
  const { vlanId, innerVlanId, interface: named } = site.attachment
  const parent = site.trunk?.interface
  if (vlanId === null || site.interface === undefined || parent === undefined) return []
  const at = named === undefined ? `${site.at}.vlanId` : `${site.at}.interface`
  const key = outerKey(site)
  const what = 'VLAN interface'
  if (innerVlanId === undefined) return [newClaim(at, what, site.interface, key)]
  const outer = newClaim(`${site.at}.vlanId`, what, outerTag(parent, vlanId), key)
  return [
    ...(singles.has(key) ? [] : [outer]),
    newClaim(at, what, site.interface, `${key} ${innerVlanId}`),
  ]
}

/** Attachments may share a bridge, and may name the same members. */
function bridgeClaims(site: Site): Claim[] {
  const { l2 } = site.attachment
  if (l2 === undefined) return []
  return [
    newClaim(`${site.at}.l2.bridge`, 'bridge', l2.bridge, `bridge ${l2.bridge}`),
    ...(l2.members ?? []).map((name, i) =>
      newClaim(`${site.at}.l2.members[${i}]`, 'bridge member', name, `${l2.bridge} ${name}`),
    ),
  ]
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
