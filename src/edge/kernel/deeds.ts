import { never } from '../../core/base/never.js'
import type { LinkSysctl } from '../../core/model/link.js'
import type { Ifname } from '../../core/model/names.js'
import type { KernelStep, NewLink } from '../../core/model/plan.js'
import { addAddress, deleteAddress } from './addresses.js'
import { createLink, deleteLink, labelLink, setLink } from './link-requests.js'
import type { Request } from './netlink/socket.js'
import { sysctlFiles, type SysctlFile } from './sysctl.js'

/** What one step asks of the kernel: messages in order, then files. */
export interface Deed {
  readonly requests: readonly Request[]
  readonly files: readonly SysctlFile[]
}

/**
 * Links that demarc makes are numbered from here on. The kernel counts up from 1 for everybody else,
 * so a number chosen by us does not collide with one it gives away at the same moment.
 */
const FIRST_INDEX = 0x10001
/** An index no link has: whatever names an unknown link is refused by the kernel, in its turn. */
const NO_INDEX = 0x7fffffff

/** Turns steps into deeds, with the indexes as they will be when each step's turn comes. */
export function deedsOf(
  steps: readonly KernelStep[],
  present: ReadonlyMap<string, number>,
): readonly Deed[] {
  const indexes = new Map(present)
  const indexOf = (name: Ifname) => indexes.get(name) ?? NO_INDEX
  let next = Math.max(FIRST_INDEX - 1, ...present.values())
  const early = sysctlsOfNewLinks(steps)

  function addDeed(link: NewLink, sysctl: Partial<LinkSysctl> | undefined): Deed {
    next += 1
    indexes.set(link.name, next)
    const create = createLink(link, {
      own: next,
      parent: link.detail.kind === 'vlan' ? indexOf(link.detail.parent) : 0,
      master: link.master === null ? 0 : indexOf(link.master),
    })
    const label = labelLink(link.name, link.alias, sysctl?.rpFilter)
    return { requests: label === null ? [create] : [create, label], files: [] }
  }

  return steps.map((step, place) => {
    switch (step.do) {
      case 'link-add':
        return addDeed(step.link, early.get(place))
      case 'link-delete':
        indexes.delete(step.link.name)
        return { requests: [deleteLink(step.link.name)], files: [] }
      case 'link-set': {
        const { master } = step.to
        const masterIndex = master === undefined || master === null ? 0 : indexOf(master)
        return { requests: setLink(step.link, step.to, masterIndex), files: [] }
      }
      case 'address-add':
        return { requests: [addAddress(indexOf(step.link), step.address)], files: [] }
      case 'address-delete':
        return { requests: [deleteAddress(indexOf(step.link), step.address)], files: [] }
      case 'sysctl-set':
        return sysctlDeed(step.link, step.to, early.has(place))
      default:
        return never(step)
    }
  })
}

/** `told`: the link's own deed has already carried what netlink can carry. */
function sysctlDeed(link: Ifname, to: Partial<LinkSysctl>, told: boolean): Deed {
  const label = told ? null : labelLink(link, null, to.rpFilter)
  return { requests: label === null ? [] : [label], files: sysctlFiles(link, to) }
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
