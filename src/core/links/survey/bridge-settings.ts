import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type BridgePortSettings,
  type BridgeSettings,
  type BridgeSettingTerms,
} from '../../model/link.js'

type Table<Key extends string> = Readonly<Record<Key, BridgeSettingTerms>>
type Values<Key extends string> = Readonly<Partial<Record<Key, number>>>

/** The settings that differ, with the wanted value; one that is not named has the kernel's default. */
export function differences<Key extends string>(
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
