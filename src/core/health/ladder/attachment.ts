import type { AttachmentState } from '../../model/state.js'
import type { Subject } from '../subjects.js'
import { anyOf, judgedRung, skipped } from './evidence.js'
import type { FrameCount, Measurements, Rung } from './terms.js'

export type AttachmentSubject = Extract<Subject, { readonly kind: 'attachment' }>

const VLAN = anyOf(['ATTACHMENT_MISSING', 'ATTACHMENT_DOWN', 'ATTACHMENT_NO_CARRIER'])

/** What the VLAN is judged with. */
export interface VlanContext {
  readonly frames: FrameCount | null
  /** The addresses that answered at layer 2, and those that did not. */
  readonly answering: readonly string[]
  readonly silent: readonly string[]
  /** A session over it was up before, or is. */
  readonly worked: boolean
  readonly isUp: boolean
  readonly at: string
}

/**
 * The interface, and whether anything arrives in it. A VLAN that the far end does not have on this link swallows
 * everything, and so does one in which the far end has no address: both look alike from here.
 */
export function vlanRung(subject: AttachmentSubject, context: VlanContext): Rung {
  const { state } = subject
  const base = judgedRung({
    ...{ rung: 'vlan', place: `attachment ${state.name}`, subject, about: VLAN, holds: false },
    ...{ figures: tagText(state), at: context.frames?.at ?? context.at },
  })
  if (base.state !== 'ok') return base
  const { frames, silent, worked } = context
  const proof = proofOf(context)
  if (proof !== null) return { ...base, text: `${base.text}, ${proof}` }
  if (frames === null || silent.length === 0) {
    return { ...base, state: 'unknown', text: `${base.text}, and nothing has arrived in it lately` }
  }
  const asked = silent.join(' and ')
  return {
    ...{ ...base, state: 'failed', side: worked ? 'PEER' : 'UNKNOWN' },
    text: `Nothing arrives on ${state.interface} (${tagText(state)})${within(frames)}, and ${asked} does not answer although ${frames.outOctets} octets left: ask the far end whether it has ${idText(state)} on this link, and its address in it.`,
  }
}

/** What shows that frames arrive; null: nothing does. */
function proofOf({ frames, answering, isUp }: VlanContext): string | null {
  if (frames !== null && frames.inOctets > 0) {
    return `${frames.inOctets} octets arrived${within(frames)}`
  }
  if (answering.length > 0) return `${answering[0] ?? ''} answers`
  return isUp ? 'the session runs in it' : null
}

function within(frames: FrameCount | null): string {
  return frames === null ? '' : ` within ${(frames.within / 1000).toFixed(1)} s`
}

function idText({ vlanId, innerVlanId }: AttachmentState): string {
  if (vlanId === null) return 'untagged frames'
  return innerVlanId === undefined
    ? `VLAN ${vlanId}`
    : `VLAN ${vlanId} with inner VLAN ${innerVlanId}`
}

function tagText(state: AttachmentState): string {
  return state.vlanId === null ? 'untagged' : idText(state)
}

const ADDRESS = anyOf(['ATTACHMENT_ADDRESS'])

export function addressRung(
  subject: AttachmentSubject,
  { duplicates }: Pick<Measurements, 'duplicates'>,
  at: string,
): Rung {
  const { state } = subject
  const place = `attachment ${state.name}`
  if (state.bridge !== null) return skipped({ rung: 'address', place }, `in bridge ${state.bridge}`)
  const rung = judgedRung({
    ...{ rung: 'address', place, subject, about: ADDRESS, holds: false, at },
    figures: state.addresses.join(', '),
  })
  const [twin] = duplicates
  if (twin === undefined || rung.state !== 'ok') return rung
  return {
    ...{ ...rung, state: 'failed', side: 'UNKNOWN' },
    text: `${twin.address} of this router is in use by another host as well (${twin.mac}): compare both addresses of ${state.name} with the provider's papers, and find that host.`,
  }
}
