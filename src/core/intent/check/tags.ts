import { type Fault, fault } from '../../base/fault.js'
import { groupBy } from '../../base/group-by.js'
import { outerKey, type IntentIndex, type Site } from '../survey/intent-index.js'

/** Every tag, or pair of tags, of a connection belongs to one attachment, and both tags of a pair fit together. */
export function checkTags({ sites }: IntentIndex): Fault[] {
  const known = sites.filter(({ trunk }) => trunk !== undefined)
  return [
    ...sites.flatMap(checkUntagged),
    ...[...groupBy(known, placeOf).values()].flatMap(taken),
    ...[...groupBy(known, outerKey).values()].flatMap(checkOuter),
  ]
}

function placeOf({ attachment: { connection, vlanId, innerVlanId } }: Site): string {
  return `${connection} ${vlanId ?? 'untagged'} ${innerVlanId ?? ''}`
}

function checkUntagged({ at, attachment }: Site): Fault[] {
  if (attachment.vlanId !== null) return []
  return (['innerVlanId', 'tpid'] as const)
    .filter((key) => attachment[key] !== undefined)
    .map((key) => conflict(`${at}.${key}`, 'is about a tag, and the attachment is untagged'))
}

function taken([first, ...rest]: readonly Site[]): Fault[] {
  return rest.map(({ at, attachment: { connection, vlanId, innerVlanId } }) => {
    const tag = innerVlanId === undefined ? `VLAN ${vlanId}` : `VLAN ${vlanId}.${innerVlanId}`
    const what = vlanId === null ? 'untagged traffic' : tag
    const message = `${what} of connection "${connection}" already belongs to ${first?.at}`
    return conflict(`${at}.${innerVlanId === undefined ? 'vlanId' : 'innerVlanId'}`, message)
  })
}

/** Attachments with one outer tag share its interface, which has one protocol and one MTU. */
function checkOuter(sites: readonly Site[]): Fault[] {
  const [first] = sites
  const single = sites.find(({ attachment }) => attachment.innerVlanId === undefined)
  const tpidOf = (site: Site | undefined) => site?.attachment.tpid ?? '0x8100'
  return sites.flatMap((site) => [
    ...(tpidOf(site) === tpidOf(first)
      ? []
      : [
          conflict(
            `${site.at}.tpid`,
            `the outer tag has ${tpidOf(first)} at ${first?.at}, and both share its interface`,
          ),
        ]),
    ...(single !== undefined && site.mtu > single.mtu
      ? [
          conflict(
            site.attachment.mtu === undefined ? site.at : `${site.at}.mtu`,
            `an MTU of ${site.mtu} does not fit that of ${single.at}, which carries it and has ${single.mtu}`,
          ),
        ]
      : []),
  ])
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
