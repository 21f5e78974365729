import type { HaveLink, VlanDetail } from '../../model/link.js'
import { outerTag } from '../survey/layout.js'
import type { RouterIndex } from './router-index.js'
import type { DraftAttachment } from './draft.js'

type Tags = Pick<DraftAttachment, 'vlanId' | 'innerVlanId' | 'tpid'>

/** The tags of a VLAN, the outer one first. */
export function tagsOf(detail: VlanDetail, { byName }: RouterIndex): Tags {
  const below = byName.get(detail.parent)?.detail
  if (below?.kind === 'vlan') return { ...outerOf(below), innerVlanId: detail.vlanId }
  return outerOf(detail)
}

function outerOf({ vlanId, tpid }: VlanDetail): Tags {
  return { vlanId, ...(tpid && { tpid }) }
}

/** Why a VLAN on a VLAN cannot be an attachment by itself; undefined: it can. */
export function againstInner({ detail }: HaveLink): string | undefined {
  if (detail.kind !== 'vlan' || detail.tpid === undefined) return undefined
  return 'its inner tag is one of 802.1ad, which an intent does not have'
}

/**
 * Why the VLANs on a VLAN cannot be attachments; undefined: they can. An outer tag that is no attachment
 * is up, has the usual name and the largest MTU of what it carries.
 */
export function againstOuter(
  { name, detail, up, mtu }: HaveLink,
  inner: readonly HaveLink[],
  isAttachment: boolean,
): string | undefined {
  if (isAttachment || detail.kind !== 'vlan' || inner.length === 0) return undefined
  const usual = outerTag(detail.parent, detail.vlanId)
  if (name !== usual) return `it is on ${name}, which an intent would call ${usual}: rename it`
  if (!up) return `it is on ${name}, which is down: set it up first`
  const largest = Math.max(...inner.map((each) => each.mtu))
  if (mtu === largest) return undefined
  return `it is on ${name}, which has an MTU of ${mtu}, and an intent would give it ${largest}, the largest of what it carries: set it`
}
