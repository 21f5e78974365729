import { groupBy } from '../../base/group-by.js'
import { type Fault, fault } from '../../base/fault.js'
import { didYouMean } from '../../base/suggest.js'
import { checkTags } from './tags.js'
import { type Site, type IntentIndex } from '../survey/intent-index.js'

/** The smallest MTU of IPv6 (RFC 8200 section 5); below it the kernel removes IPv6 from the link. */
const IPV6_MTU_MIN = 1280

/** Every attachment fits its connection, and is either l2 or l3. */
export function checkAttachments(survey: IntentIndex): Fault[] {
  const connections = survey.trunks.map(({ connection }) => connection.name)
  const vrfs = (survey.intent.vrfs ?? []).map(({ name }) => name)
  return [
    ...survey.sites.flatMap((site) => [
      ...checkParent(site, connections),
      ...checkService(site),
      ...checkVrf(site, vrfs),
      ...checkMtu(site),
    ]),
    ...checkTags(survey),
    ...checkStp(survey),
  ]
}

function checkParent({ at, attachment, trunk }: Site, names: readonly string[]): Fault[] {
  if (trunk !== undefined) return []
  const message = `no connection is called "${attachment.connection}"`
  return [conflict(`${at}.connection`, `${message}${didYouMean(attachment.connection, names)}`)]
}

function checkService({ at, attachment }: Site): Fault[] {
  const { l2, l3, bgp = [], vlanId } = attachment
  return [
    ...((l2 === undefined) === (l3 === undefined)
      ? [conflict(at, 'must have either "l3" or "l2"')]
      : []),
    ...(bgp.length > 0 && l3 === undefined
      ? [conflict(`${at}.bgp`, 'neighbours need "l3", an address of the router')]
      : []),
    ...(vlanId === null && attachment.interface !== undefined
      ? [conflict(`${at}.interface`, 'names a VLAN interface, and the attachment is untagged')]
      : []),
  ]
}

function checkVrf({ at, vrf }: Site, names: readonly string[]): Fault[] {
  if (vrf === null || names.includes(vrf)) return []
  return [conflict(`${at}.l3.vrf`, `"vrfs" has no "${vrf}"${didYouMean(vrf, names)}`)]
}

function checkMtu({ at, attachment, trunk, mtu, addresses }: Site): Fault[] {
  const parent = trunk?.mtu ?? mtu
  const key = attachment.mtu === undefined ? at : `${at}.mtu`
  const isItsLink = attachment.vlanId === null && attachment.l3 !== undefined
  return [
    ...(isItsLink && mtu < parent
      ? [conflict(key, `untagged with addresses it has the connection's MTU, ${parent}; is ${mtu}`)]
      : []),
    ...(mtu > parent
      ? [conflict(key, `an MTU of ${mtu} does not fit the connection's, which is ${parent}`)]
      : []),
    ...(mtu < IPV6_MTU_MIN && addresses.some(({ cidr }) => cidr.ip.family === 6)
      ? [conflict(key, `IPv6 needs an MTU of ${IPV6_MTU_MIN}; is ${mtu}`)]
      : []),
  ]
}

function checkStp({ sites }: IntentIndex): Fault[] {
  const bridged = sites.flatMap(({ at, attachment: { l2 } }) =>
    l2 === undefined ? [] : { at, l2 },
  )
  return [...groupBy(bridged, ({ l2 }) => l2.bridge).values()].flatMap((group) => {
    const stated = group.filter(({ l2 }) => l2.stp !== undefined)
    return stated
      .filter(({ l2 }) => l2.stp !== stated[0]?.l2.stp)
      .map(({ at, l2 }) =>
        conflict(`${at}.l2.stp`, `bridge "${l2.bridge}" has another value at ${stated[0]?.at}`),
      )
  })
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
