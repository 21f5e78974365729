import { fault, type Fault } from '../../../core/base/fault.js'
import { never } from '../../../core/base/never.js'
import { vlanSlot } from '../../../core/model/link.js'
import type { KernelStep, VrfRuleStep } from '../../../core/model/plan.js'
import { errnoName } from '../netlink/errno.js'

/**
 * What an errno means, for any step or for one kind of step. The kernel's own message (NETLINK_EXT_ACK)
 * is not available, because the netlink package cannot set that socket option.
 */
const REASONS: Readonly<Record<string, string>> = {
  EPERM: 'not permitted; demarcd needs CAP_NET_ADMIN',
  EACCES: 'not permitted; demarcd needs CAP_NET_ADMIN, and IPv6 must not be disabled on the link',
  EROFS: '/proc/sys/net is read-only here; the unit needs ReadWritePaths=/proc/sys/net',
  ENODEV: 'a link in the request does not exist',
  ENOENT: 'a link in the request does not exist',
  EOPNOTSUPP: 'this kernel does not support it',
  ENETDOWN: 'the link below it is down',
  EBUSY: 'the link is in use; a bond must be down for this setting',
  'link-add EEXIST': 'a link of that name, or that VLAN on that parent, already exists',
  'link-add EINVAL': 'a value is out of range; a VLAN may not have a larger MTU than its parent',
  'link-set EPERM':
    'not permitted; a port must be down before it joins a bond, and delays need a miimon above 0',
  'link-set ERANGE': 'the MTU may not be above that of the parent',
  'link-set EINVAL': 'a value is out of range for this link',
  'address-add EEXIST': 'the link already has the address',
  'address-delete EADDRNOTAVAIL': 'the link does not have the address',
}

/** KERNEL_REFUSED with the step in words, the name of the errno, and what that means for the step. */
export function refusal(step: KernelStep, errno: number): Fault {
  const name = errnoName(errno)
  const reason = REASONS[`${step.do} ${name}`] ?? REASONS[name]
  const why = reason === undefined ? name : `${name} (${reason})`
  return fault('KERNEL_REFUSED', subject(step), `the kernel refused to ${words(step)}: ${why}`)
}

function subject(step: KernelStep): string {
  return typeof step.link === 'string' ? step.link : step.link.name
}

function words(step: KernelStep): string {
  if ('family' in step) return ruleWords(step)
  if ('address' in step) return addressWords(step)
  switch (step.do) {
    case 'link-add':
      return `create ${kindWords(step.link.detail)} ${step.link.name}`
    case 'link-delete':
      return `delete ${step.link.name}`
    case 'link-set':
      return `set ${Object.keys(step.to).join(', ')} of ${step.link}`
    case 'sysctl-set':
    case 'link-modes-set':
      return `set ${Object.keys(step.to).join(', ')} of ${step.link}`
    case 'protection-set':
      return `limit what ${step.link} sends`
    default:
      return never(step)
  }
}

function addressWords({ do: act, address, link }: Extract<KernelStep, { address: unknown }>) {
  if (act === 'address-mark') return `mark ${address} on ${link}`
  return act === 'address-add' ? `add ${address} to ${link}` : `remove ${address} from ${link}`
}

function kindWords(detail: Extract<KernelStep, { do: 'link-add' }>['link']['detail']): string {
  return detail.kind === 'vlan' ? `${vlanSlot(detail, 'on')} as` : detail.kind
}

function ruleWords(step: VrfRuleStep): string {
  const act = { 'vrf-rule-add': 'add', 'vrf-rule-delete': 'remove', 'vrf-rule-mark': 'mark' }
  return `${act[step.do]} the rule that closes VRFs (${step.family})`
}
