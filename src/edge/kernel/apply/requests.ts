import { never } from '../../../core/base/never.js'
import type { LinkSysctl } from '../../../core/model/link.js'
import type { Ifname, InterfaceAddress } from '../../../core/model/names.js'
import type { KernelStep, NewLink } from '../../../core/model/plan.js'
import {
  addressToAdd,
  addressToDelete,
  addressToMark,
  addressToReplace,
} from '../messages/addresses.js'
import { createLink, deleteLink, labelLink, setLink } from '../messages/link-requests.js'
import type { Request } from '../netlink/socket.js'
import type { AddressMessage } from '../read/links.js'
import { sysctlFiles, type SysctlFile } from '../messages/sysctl.js'

/** What one step asks of the kernel: messages in order, then files. */
export interface StepRequests {
  /** The link's index, or the one no link has. */
  readonly link: number
  readonly requests: readonly Request[]
  readonly files: readonly SysctlFile[]
}

type MarkStep = Extract<KernelStep, { do: 'address-mark' }>
type SysctlStep = Extract<KernelStep, { do: 'sysctl-set' }>

/**
 * Links that demarc makes are numbered from here on. The kernel counts up from 1 for everybody else,
 * so a number chosen by us does not collide with one it gives away at the same moment.
 */
const FIRST_INDEX = 0x10001
/** An index no link has: whatever names an unknown link is refused by the kernel, in its turn. */
const NO_INDEX = 0x7fffffff

/** Turns steps into deeds, with the indexes as they will be when each step's turn comes. */
export function requestsOf(
  steps: readonly KernelStep[],
  present: ReadonlyMap<string, number>,
  addressMessage: AddressMessage,
): readonly StepRequests[] {
  const indexes = new Map(present)
  const indexOf = (name: Ifname) => indexes.get(name) ?? NO_INDEX
  let next = Math.max(FIRST_INDEX - 1, ...present.values())
  const early = sysctlsOfNewLinks(steps)

  function addDeed(link: NewLink, sysctl: Partial<LinkSysctl> | undefined): StepRequests {
    next += 1
    indexes.set(link.name, next)
    const create = createLink(link, {
      own: next,
      parent: link.detail.kind === 'vlan' ? indexOf(link.detail.parent) : 0,
      master: link.master === null ? 0 : indexOf(link.master),
    })
    // By index: were the name taken, this would otherwise label somebody else's link.
    const label = labelLink(next, link.alias, sysctl?.rpFilter)
    return { link: next, requests: label === null ? [create] : [create, label], files: [] }
  }

  return steps.map((step, place) => {
    switch (step.do) {
      case 'link-add':
        return addDeed(step.link, early.get(place))
      case 'link-delete': {
        const link = indexOf(step.link.name)
        indexes.delete(step.link.name)
        return { link, requests: [deleteLink(link)], files: [] }
      }
      case 'link-set': {
        const { master } = step.to
        const masterIndex = master === undefined || master === null ? 0 : indexOf(master)
        const link = indexOf(step.link)
        return { link, requests: setLink(link, step.to, masterIndex), files: [] }
      }
      case 'address-add':
        return addressDeed(indexOf(step.link), addressToAdd, step.address)
      case 'address-delete':
        return addressDeed(indexOf(step.link), addressToDelete, step.address)
      case 'address-mark':
        return markDeed(indexOf(step.link), step, addressMessage)
      case 'sysctl-set':
        return sysctlDeed(indexOf(step.link), step, early.has(place))
      default:
        return never(step)
    }
  })
}

function addressDeed(
  link: number,
  request: (index: number, address: InterfaceAddress) => Request,
  address: InterfaceAddress,
): StepRequests {
  return { link, requests: [request(link, address)], files: [] }
}

/** What the kernel said of the address is kept; one that steps before this one add is as they add it. */
function markDeed(link: number, step: MarkStep, addressMessage: AddressMessage): StepRequests {
  const known = addressMessage(link, step.address)
  const request =
    known === undefined
      ? addressToReplace(link, step.address, step.to)
      : addressToMark(known, step.to)
  return { link, requests: [request], files: [] }
}

/** `told`: the link's own deed has already carried what netlink can carry. */
function sysctlDeed(link: number, step: SysctlStep, told: boolean): StepRequests {
  const label = told ? null : labelLink(link, null, step.to.rpFilter)
  return { link, requests: label === null ? [] : [label], files: sysctlFiles(step.link, step.to) }
}

/**
 * Settings of links that the same steps create ride in the message that writes the link's alias,
 * which saves one message for each link. Found under the place of the `link-add` and under that of
 * the `sysctl-set`.
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
