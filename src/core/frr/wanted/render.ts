import type { BfdTimers, BgpInstance, BgpNeighbor, MaxPrefixes } from '../../model/bgp.js'
import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import {
  FAMILIES,
  ORIGINATE_MAP,
  description,
  policyName,
  profileName,
  type Family,
} from '../names.js'
import { familyOf, originateMap, policies } from './policy.js'
import { leaf } from '../tree.js'

/** The wanted configuration of both daemons, in the shape of `show running-config`. */
export interface WantedConfig {
  readonly bgpd: ConfigTree
  readonly bfdd: ConfigTree
}

export function render(instances: readonly BgpInstance[]): WantedConfig {
  const lists = instances.flatMap((instance) =>
    instance.neighbors.flatMap((neighbor) => policies(neighbor, instance.localAs)),
  )
  const blocks = instances.map(block)
  const originates = instances.some((instance) =>
    FAMILIES.some((f) => origins(instance, f).length > 0),
  )
  return {
    bgpd: [...lists, ...(originates ? [originateMap()] : []), ...blocks],
    bfdd: bfd(instances),
  }
}

function bfd(instances: readonly BgpInstance[]): ConfigTree {
  const profiles = new Map<string, ConfigNode>()
  for (const { bfd: timers } of instances.flatMap(({ neighbors }) => neighbors)) {
    if (timers !== null) profiles.set(profileName(timers), profile(timers))
  }
  return profiles.size === 0 ? [] : [{ line: 'bfd', children: [...profiles.values()] }]
}

function profile(timers: BfdTimers): ConfigNode {
  return {
    line: `profile ${profileName(timers)}`,
    children: [
      leaf(`detect-multiplier ${timers.detectionMultiplier}`),
      leaf(`transmit-interval ${timers.desiredMinimumTxInterval}`),
      leaf(`receive-interval ${timers.requiredMinimumReceive}`),
    ],
  }
}

function block(instance: BgpInstance): ConfigNode {
  const vrf = instance.vrf === null ? '' : ` vrf ${instance.vrf}`
  return {
    line: `router bgp ${instance.localAs}${vrf}`,
    children: [
      leaf(`bgp router-id ${instance.routerId}`),
      ...instance.neighbors.flatMap((neighbor) =>
        neighborLines(neighbor, instance).map((line) =>
          leaf(`neighbor ${neighbor.address} ${line}`),
        ),
      ),
      ...FAMILIES.flatMap((family) => familyBlock(instance, family)),
    ],
  }
}

function neighborLines(neighbor: BgpNeighbor, instance: BgpInstance): string[] {
  const multihop = neighbor.multihop > 1 && neighbor.peerAs !== instance.localAs
  const { shutdown, bfd: timers } = neighbor
  return [
    `remote-as ${neighbor.peerAs}`,
    `description ${description(neighbor)}`,
    ...(shutdown === null ? [] : [shutdownLine(shutdown.message)]),
    ...(timers === null ? [] : ['bfd', `bfd profile ${profileName(timers)}`]),
    ...(neighbor.password === null ? [] : [`password ${neighbor.password}`]),
    ...(multihop ? [`ebgp-multihop ${neighbor.multihop}`] : []),
    ...(neighbor.updateSource === null ? [] : [`update-source ${neighbor.updateSource}`]),
    `timers ${neighbor.keepaliveInterval} ${neighbor.holdTime}`,
    `timers connect ${neighbor.connectRetry}`,
    ...GRACEFUL_RESTART[neighbor.gracefulRestart],
  ]
}

/** Helper is FRR's default; `wantedPart` says so where the block has another. */
const GRACEFUL_RESTART = {
  helper: [],
  restarter: ['graceful-restart'],
  disabled: ['graceful-restart-disable'],
} as const

function shutdownLine(message: string | null): string {
  return message === null ? 'shutdown' : `shutdown message ${message}`
}

function familyBlock(instance: BgpInstance, family: Family): ConfigTree {
  const used = instance.neighbors.some((neighbor) => familyOf(neighbor, family) !== null)
  const paths = instance.maximumPaths
  const lines = [
    ...origins(instance, family).map((prefix) => `network ${prefix} route-map ${ORIGINATE_MAP}`),
    ...instance.neighbors.flatMap((neighbor) => familyLines(neighbor, family)),
    ...(used ? [`maximum-paths ${paths}`, `maximum-paths ibgp ${paths}`] : []),
  ]
  return [{ line: `address-family ${family}`, children: lines.map(leaf) }]
}

function familyLines(neighbor: BgpNeighbor, family: Family): string[] {
  const wanted = familyOf(neighbor, family)
  const at = `neighbor ${neighbor.address}`
  if (wanted === null) return [`no ${at} activate`]
  const { maxPrefixes } = wanted.import
  return [
    `${at} activate`,
    ...(maxPrefixes === null ? [] : [`${at} ${maximumPrefixLine(maxPrefixes)}`]),
    `${at} route-map ${policyName(neighbor, family, 'in')} in`,
    `${at} route-map ${policyName(neighbor, family, 'out')} out`,
  ]
}

function maximumPrefixLine(max: MaxPrefixes): string {
  const start = `maximum-prefix ${max.limit} ${max.warningPercent}`
  if (max.action === 'warn') return `${start} warning-only`
  return max.restartMinutes === null ? start : `${start} restart ${max.restartMinutes}`
}

/**
 * Prefixes this router originates: those exported without a range. FRR's import check keeps a
 * `network` line silent until the router's own table has the prefix.
 */
function origins(instance: BgpInstance, family: Family): string[] {
  const exact = instance.neighbors.flatMap((neighbor) =>
    (familyOf(neighbor, family)?.export.prefixes ?? [])
      .filter((rule) => rule.ge === null && rule.le === null)
      .map((rule) => rule.prefix),
  )
  return [...new Set(exact)].sort()
}
