import { never } from '../../../core/base/never.js'
import type { LinkSysctl } from '../../../core/model/link.js'
import type { Ifname } from '../../../core/model/names.js'
import type { KernelStep, NewLink } from '../../../core/model/plan.js'
import {
  addressToAdd,
  addressToDelete,
  addressToMark,
  addressToReplace,
} from '../messages/addresses.js'
import { createLink, deleteLink, labelLink, setLink } from '../messages/link-requests.js'
import { sysctlFiles, type SysctlFile } from '../messages/sysctl.js'
import { ruleRequests } from '../messages/rules.js'
import type { Request } from '../netlink/socket.js'
import type { AddressMessage } from '../read/links.js'

/** What one step asks of the kernel: first the messages in their order, then the files. */
export interface StepRequests {
  /** Index of the step's link; for an unknown link an index that no link has. */
  readonly link: number
  readonly messages: readonly Request[]
  readonly files: readonly SysctlFile[]
}

type MarkStep = Extract<KernelStep, { do: 'address-mark' }>
type SetStep = Extract<KernelStep, { do: 'link-set' }>
type SysctlStep = Extract<KernelStep, { do: 'sysctl-set' }>

/**
 * First index of links that demarc creates. The kernel counts up from 1 for the links of everybody else,
 * so an index chosen here does not collide with one that the kernel assigns at the same moment.
 */
const FIRST_INDEX = 0x10001
/** An index that no link has. The kernel refuses a request with it when the request's turn comes. */
const NO_INDEX = 0x7fffffff

/** Indexes of links by name, as they will be when the next step is applied. */
class LinkIndexes {
  readonly #indexes: Map<string, number>
  #last: number

  constructor(present: ReadonlyMap<string, number>) {
    this.#indexes = new Map(present)
    this.#last = Math.max(FIRST_INDEX - 1, ...present.values())
  }

  of(name: Ifname): number {
    return this.#indexes.get(name) ?? NO_INDEX
  }

  add(name: Ifname): number {
    this.#last += 1
    this.#indexes.set(name, this.#last)
    return this.#last
  }

  remove(name: Ifname): void {
    this.#indexes.delete(name)
  }
}

/** Translates steps in their order; `present` are the indexes of the links that exist now. */
export function requestsOf(
  steps: readonly KernelStep[],
  present: ReadonlyMap<string, number>,
  addressMessage: AddressMessage,
): readonly StepRequests[] {
  const indexes = new LinkIndexes(present)
  const early = sysctlsOfNewLinks(steps)
  return steps.map((step, place) => {
    if ('family' in step) return { link: NO_INDEX, messages: ruleRequests(step), files: [] }
    if ('address' in step) return addressRequests(step, indexes.of(step.link), addressMessage)
    switch (step.do) {
      case 'link-add':
        return addRequests(step.link, indexes, early.get(place))
      case 'link-delete': {
        const link = indexes.of(step.link.name)
        indexes.remove(step.link.name)
        return { link, messages: [deleteLink(link)], files: [] }
      }
      case 'link-set':
        return setRequests(step, indexes)
      case 'link-modes-set':
      case 'protection-set':
        // Link modes are set with ethtool, limits with nft: see `../apply-all.ts`.
        return { link: indexes.of(step.link), messages: [], files: [] }
      case 'sysctl-set':
        return sysctlRequests(indexes.of(step.link), step, early.has(place))
      default:
        return never(step)
    }
  })
}

/** `sysctl`: settings that travel with the new link's alias. */
function addRequests(
  link: NewLink,
  indexes: LinkIndexes,
  sysctl: Partial<LinkSysctl> | undefined,
): StepRequests {
  const own = indexes.add(link.name)
  const create = createLink(link, {
    own,
    parent: link.detail.kind === 'vlan' ? indexes.of(link.detail.parent) : 0,
    master: link.master === null ? 0 : indexes.of(link.master),
  })
  // By index: if another program has just taken the name, this must not label its link.
  const label = labelLink(own, link.alias, sysctl?.rpFilter)
  return { link: own, messages: label === null ? [create] : [create, label], files: [] }
}

function setRequests(step: SetStep, indexes: LinkIndexes): StepRequests {
  const { master } = step.to
  const masterIndex = master === undefined || master === null ? 0 : indexes.of(master)
  const link = indexes.of(step.link)
  return { link, messages: setLink(link, step.to, masterIndex), files: [] }
}

function addressRequests(
  step: Extract<KernelStep, { address: unknown }>,
  link: number,
  addressMessage: AddressMessage,
): StepRequests {
  if (step.do === 'address-mark') return markRequests(link, step, addressMessage)
  const request = step.do === 'address-add' ? addressToAdd : addressToDelete
  return { link, messages: [request(link, step.address)], files: [] }
}

/**
 * Sends the kernel's own message back with another IFA_PROTO, so that all else about the address stays.
 * An address that is added earlier in the same list has no such message yet and is built as it was added.
 */
function markRequests(link: number, step: MarkStep, addressMessage: AddressMessage): StepRequests {
  const known = addressMessage(link, step.address)
  const request =
    known === undefined
      ? addressToReplace(link, step.address, step.to)
      : addressToMark(known, step.to)
  return { link, messages: [request], files: [] }
}

/** `sentBefore`: the message with the new link's alias has carried what netlink can carry. */
function sysctlRequests(link: number, step: SysctlStep, sentBefore: boolean): StepRequests {
  const label = sentBefore ? null : labelLink(link, null, step.to.rpFilter)
  return { link, messages: label === null ? [] : [label], files: sysctlFiles(step.link, step.to) }
}

/**
 * Settings of links that the same steps create. They travel in the message that writes the link's alias,
 * which saves one message for each link. The keys are the places both of the `link-add` and of the
 * `sysctl-set`.
 */
function sysctlsOfNewLinks(steps: readonly KernelStep[]): ReadonlyMap<number, Partial<LinkSysctl>> {
  const created = new Map<Ifname, number>()
  const early = new Map<number, Partial<LinkSysctl>>()
  for (const [place, step] of steps.entries()) {
    if (step.do === 'link-add') created.set(step.link.name, place)
    if (step.do === 'link-delete') created.delete(step.link.name)
    if (step.do !== 'sysctl-set') continue
    const add = created.get(step.link)
    if (add === undefined || early.has(add)) continue
    early.set(add, step.to).set(place, step.to)
  }
  return early
}
