import { type Fault, fault } from '../../base/fault.js'
import { contains, formatIp, parseIp } from '../../base/ip.js'
import type { ProbeTarget } from '../../model/probe.js'
import { INTENT_LIMITS } from '../../wire/limits.js'
import type { IntentIndex, Site } from '../survey/intent-index.js'
import { proberGroups, targetsOf, type ProberGroup } from '../survey/probe-targets.js'
import { notAHost, unusable } from './addresses.js'

/** Every probe has targets that it can send to, and all of them together stay cheap. */
export function checkProbes({ sites }: IntentIndex): Fault[] {
  const asked = sites.filter(({ attachment }) => attachment.probe !== undefined)
  const targets = asked.flatMap(targetsOf)
  return [...asked.flatMap(checkProbe), ...checkCost(targets, proberGroups(targets))]
}

function checkProbe(site: Site): Fault[] {
  const { at, attachment } = site
  const place = `${at}.probe`
  if (attachment.l3 === undefined) return [conflict(place, 'needs "l3", an address of the router')]
  const faults = (attachment.probe?.hosts ?? []).flatMap((host, i) =>
    checkHost(site, host, `${place}.hosts[${i}]`),
  )
  if (faults.length > 0 || targetsOf(site).length > 0) return faults
  return [
    conflict(place, 'has nothing to probe: name "hosts", or a neighbour that is not shut down'),
  ]
}

function checkHost({ addresses }: Site, host: string, at: string): Fault[] {
  const ip = parseIp(host)
  if (ip === undefined) return [fault('INTENT_VALUE', at, 'must be an address')]
  const own = addresses.filter(({ cidr }) => cidr.ip.family === ip.family)
  if (own.length === 0) return [conflict(at, `the attachment has no IPv${ip.family} address`)]
  if (own.some(({ cidr }) => cidr.ip.bits === ip.bits)) {
    return [conflict(at, `${formatIp(ip)} is the router's own address`)]
  }
  const subnet = own.find(({ cidr }) => contains(cidr, ip))
  const why = unusable(ip) ?? (subnet && notAHost(subnet.cidr, ip))
  return why === undefined ? [] : [conflict(at, `${formatIp(ip)} is ${why}`)]
}

function checkCost(targets: readonly ProbeTarget[], groups: readonly ProberGroup[]): Fault[] {
  const { probeTargets, probeRate, probers } = INTENT_LIMITS
  const rate = groups.reduce((sum, group) => sum + group.targets.length / group.interval, 0)
  const tooMany = [
    [targets.length, probeTargets, 'addresses are probed', 'probe fewer'],
    [Math.ceil(rate), probeRate, 'echo requests a second are sent', 'raise "interval"'],
    [
      groups.length,
      probers,
      'processes are needed, one for each source address, size and interval',
      'use one interval and one MTU, or name hosts at fewer attachments',
    ],
  ] as const
  return tooMany.flatMap(([count, most, what, remedy]) =>
    count <= most
      ? []
      : [fault('INTENT_VALUE', 'attachments', `${count} ${what}, at most ${most}: ${remedy}`)],
  )
}

function conflict(at: string, message: string): Fault {
  return fault('INTENT_CONFLICT', at, message)
}
