import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type BridgePortSettings,
  type BridgeSettings,
  type BridgeSettingTerms,
  type WantLink,
} from '../../model/link.js'
import { BRIDGE_CHANGE, BRIDGE_PORT_CHANGE } from './impact.js'
import type { Ledger } from './ledger.js'

type Table<Key extends string> = Readonly<Record<Key, BridgeSettingTerms>>
type Values<Key extends string> = Readonly<Partial<Record<Key, number>>>

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
  const { want } = ledger.index
  const current = ledger.state(name)
  const bridge = want.get(master ?? '')
  if (current === undefined || current.master !== master) return
  if (bridge?.detail.kind !== 'bridge' || bridge.alias === null) return
  const changes = differences(BRIDGE_PORT_SETTINGS, current.bridgePort, bridgePort ?? {})
  for (const [key, value] of changes) {
    if (key === 'state' && !mayForward(ledger, bridge.name)) continue
    ledger.set(name, { bridgePort: { [key]: value } }, BRIDGE_PORT_CHANGE[key])
  }
}

/** Spanning tree sets the states of the ports of its bridge, and a bridge that is down disables them. */
function mayForward(ledger: Ledger, bridge: string): boolean {
  const detail = ledger.state(bridge)?.detail
  const wasUp = ledger.index.have.get(bridge)?.up === true
  return wasUp && detail?.kind === 'bridge' && !detail.stp
}

function differences<Key extends string>(
  table: Table<Key>,
  current: Values<Key>,
  wanted: Values<Key>,
): readonly (readonly [key: Key, value: number])[] {
  return keysOf(table).flatMap((key) => {
    const value = wanted[key] ?? table[key].default
    return value === (current[key] ?? table[key].default) ? [] : [[key, value] as const]
  })
}

/** The values that a change to `to` replaces. */
export function valuesBefore<Key extends string>(
  table: Table<Key>,
  to: Values<Key>,
  current: Values<Key>,
): Values<Key> {
  const keys = keysOf(table).filter((key) => key in to)
  return Object.fromEntries(
    keys.map((key) => [key, current[key] ?? table[key].default]),
  ) as Values<Key>
}

/** The settings after a change. Those that are the kernel's defaults are left out. */
export function bridgeAfter(
  current: BridgeSettings | undefined,
  to: BridgeSettings | undefined,
): BridgeSettings {
  return changed(BRIDGE_SETTINGS, { ...current, ...to })
}

/** The settings of a port after a change; as {@link bridgeAfter}. */
export function bridgePortAfter(
  current: BridgePortSettings | undefined,
  to: BridgePortSettings | undefined,
): BridgePortSettings {
  return changed(BRIDGE_PORT_SETTINGS, { ...current, ...to })
}

function changed<Key extends string>(table: Table<Key>, values: Values<Key>): Values<Key> {
  const kept = keysOf(table).filter(
    (key) => values[key] !== undefined && values[key] !== table[key].default,
  )
  return Object.fromEntries(kept.map((key) => [key, values[key]])) as Values<Key>
}

function keysOf<Key extends string>(table: Table<Key>): readonly Key[] {
  return Object.keys(table) as Key[]
}
