import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type BridgePortSettings,
  type HaveLink,
  type HaveLinkModes,
  type LinkSysctl,
} from '../../model/link.js'
import type { InterfaceAddress } from '../../model/names.js'
import type { LinkSettings } from '../../model/plan.js'
import { bridgeAfter, bridgePortAfter, valuesBefore } from './bridge-settings.js'

/** What a link is like after the steps planned so far, with what the kernel does by itself. */
export interface LinkState {
  readonly detail: HaveLink['detail']
  readonly alias: string | null
  readonly mtu: number
  /** false after the link left a bond: the kernel restores an earlier MTU that it does not show. */
  readonly mtuKnown: boolean
  readonly up: boolean
  readonly master: string | null
  readonly mac: string
  /** Each address, and whether demarc owns it. */
  readonly addresses: ReadonlyMap<InterfaceAddress, boolean>
  readonly sysctl: LinkSysctl
  /** What differs from the kernel's defaults. A link that joins a bridge starts with these. */
  readonly bridgePort: BridgePortSettings
  /** null: they are not known. */
  readonly modes: HaveLinkModes | null
}

/** The state of a link as it was read, before any step. */
export function stateOf(link: HaveLink): LinkState {
  const { detail, alias, mtu, up, master, mac, sysctl, bridgePort = {}, modes = null } = link
  const addresses = new Map(link.addresses.map(({ address, owned }) => [address, owned]))
  const known = { mtuKnown: true, addresses }
  return { ...known, detail, alias, mtu, up, master, mac, sysctl, bridgePort, modes }
}

/** The values that a `link-set` to `to` replaces. */
export function settingsBefore(state: LinkState, to: LinkSettings): LinkSettings {
  const { detail } = state
  const from: Record<string, unknown> = {}
  for (const key of ['alias', 'mtu', 'up', 'master', 'mac'] as const)
    if (key in to) from[key] = state[key]
  if (to.bond !== undefined && detail.kind === 'bond') {
    const { options } = detail
    const keys = Object.keys(to.bond) as (keyof typeof options)[]
    from['bond'] = Object.fromEntries(keys.map((key) => [key, options[key]]))
  }
  return { ...from, ...bridgeBefore(state, to) }
}

function bridgeBefore({ detail, bridgePort }: LinkState, to: LinkSettings): LinkSettings {
  const port = to.bridgePort && {
    bridgePort: valuesBefore(BRIDGE_PORT_SETTINGS, to.bridgePort, bridgePort),
  }
  if (detail.kind !== 'bridge') return { ...port }
  const bridge = to.bridge && {
    bridge: valuesBefore(BRIDGE_SETTINGS, to.bridge, detail.settings ?? {}),
  }
  return { ...(to.stp !== undefined && { stp: detail.stp }), ...bridge, ...port }
}

/** The state after a `link-set` to `to`. */
export function afterSettings(state: LinkState, to: LinkSettings): LinkState {
  const { bond: _bond, stp: _stp, bridge: _bridge, bridgePort, ...plain } = to
  const mtuKnown = state.mtuKnown || to.mtu !== undefined
  const port = to.master === undefined ? bridgePortAfter(state.bridgePort, bridgePort) : {}
  const detail = detailAfter(state.detail, to)
  return { ...state, ...plain, mtuKnown, detail, bridgePort: port } as LinkState
}

function detailAfter(
  detail: LinkState['detail'],
  { bond, stp, bridge }: LinkSettings,
): LinkState['detail'] {
  if (detail.kind === 'bond' && bond !== undefined) {
    return { ...detail, options: { ...detail.options, ...bond } }
  }
  if (detail.kind !== 'bridge') return detail
  return { kind: 'bridge', stp: stp ?? detail.stp, settings: bridgeAfter(detail.settings, bridge) }
}
