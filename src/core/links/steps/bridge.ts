import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type BridgeSettings,
  type WantLink,
} from '../../model/link.js'
import { BRIDGE_CHANGE, BRIDGE_PORT_CHANGE, REASONS } from './impact.js'
import type { Ledger, Member } from './ledger.js'
import { differences } from '../survey/bridge-settings.js'

/**
 * Plans the MTU of bridges once more where their members changed it. The kernel gives a bridge the
 * smallest MTU of its members, whenever one joins, leaves or gets another MTU, until an MTU that differs
 * from the present one is set on the bridge (`br_mtu_auto_adjust()`, net/bridge/br_if.c). An MTU given at
 * creation does not count as set, and the kernel does not show whether one is.
 */
export function settleBridgeMtus(ledger: Ledger, links: readonly WantLink[]): void {
  const bridges = links.filter(({ detail }) => detail.kind === 'bridge')
  if (bridges.length === 0) return
  const members = ledger.members()
  for (const { name, mtu } of bridges) {
    if (mtu === null || !isChangedByMembers(ledger, name, mtu, members.get(name) ?? [])) continue
    ledger.set(name, { mtu }, ledger.index.have.has(name) ? REASONS.mtuKept : REASONS.created)
  }
}

function isChangedByMembers(
  ledger: Ledger,
  name: string,
  mtu: number,
  after: readonly Member[],
): boolean {
  const before = ledger.index.members.get(name) ?? []
  if (!mayFollowMembers(ledger, name)) return false
  if (isSame(before, after) || smallestMtu(after) === mtu) return false
  return !isSetByPlan(ledger, name) || hasLost(before, after)
}

/** `br_mtu_min()`; an empty bridge has 1500. */
function smallestMtu(members: readonly Member[]): number {
  return members.length === 0 ? 1500 : Math.min(...members.map(({ mtu }) => mtu))
}

/** A bridge whose MTU differs from its members' smallest has one that was set. */
function mayFollowMembers({ index }: Ledger, name: string): boolean {
  const [bridge, members] = [index.have.get(name), index.members.get(name) ?? []]
  return bridge === undefined || members.length === 0 || bridge.mtu === smallestMtu(members)
}

function isSame(before: readonly Member[], after: readonly Member[]): boolean {
  const mtus = new Map(before.map(({ name, mtu }) => [name, mtu]))
  return before.length === after.length && after.every(({ name, mtu }) => mtus.get(name) === mtu)
}

/** A member that left may have changed the MTU to the wanted one, which the plan then did not set. */
function hasLost(before: readonly Member[], after: readonly Member[]): boolean {
  const staying = new Set(after.map(({ name }) => name))
  return before.some(({ name }) => !staying.has(name))
}

function isSetByPlan({ steps }: Ledger, name: string): boolean {
  return steps.some(
    ({ step }) =>
      step.do === 'link-set' &&
      step.link === name &&
      step.to.mtu !== undefined &&
      step.to.mtu !== step.from.mtu,
  )
}

/** Plans the settings of a bridge that differ; one that is not named has the kernel's default. */
export function settleBridge(ledger: Ledger, name: string, wanted: BridgeSettings = {}): void {
  const detail = ledger.state(name)?.detail
  if (detail?.kind !== 'bridge') return
  for (const [key, value] of differences(BRIDGE_SETTINGS, detail.settings ?? {}, wanted)) {
    ledger.set(name, { bridge: { [key]: value } }, BRIDGE_CHANGE[key])
  }
}

/** The same for a link in a bridge of demarc's; ports of other bridges are left as they are. */
export function settleBridgePort(ledger: Ledger, { name, master, bridgePort }: WantLink): void {
  const current = ledger.state(name)
  if (current?.master !== master || !isOwnBridge(ledger, master ?? '')) return
  const changes = differences(BRIDGE_PORT_SETTINGS, current.bridgePort, bridgePort ?? {})
  for (const [key, value] of changes) {
    if (key === 'state' && !mayForward(ledger, master ?? '')) continue
    ledger.set(name, { bridgePort: { [key]: value } }, BRIDGE_PORT_CHANGE[key])
  }
}

function isOwnBridge({ index }: Ledger, name: string): boolean {
  const wanted = index.want.get(name)
  return wanted?.detail.kind === 'bridge' && wanted.alias !== null
}

/** Spanning tree sets the states of the ports of its bridge, and a bridge that is down disables them. */
function mayForward(ledger: Ledger, bridge: string): boolean {
  const detail = ledger.state(bridge)?.detail
  const wasUp = ledger.index.have.get(bridge)?.up === true
  return wasUp && detail?.kind === 'bridge' && !detail.stp
}
