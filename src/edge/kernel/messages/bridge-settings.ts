import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type BridgePortSettings,
  type BridgeSettings,
  type BridgeSettingTerms,
} from '../../../core/model/link.js'
import { attributes, uint, type Span } from '../netlink/reader.js'
import type { MessageWriter } from '../netlink/writer.js'

type Table = Readonly<Record<string, BridgeSettingTerms>>
type Values = Readonly<Record<string, number>>

/** Reads IFLA_INFO_DATA of a bridge: what differs from the kernel's defaults. undefined: nothing does. */
export function parseBridge(data: Span): BridgeSettings | undefined {
  return parse(BRIDGE_SETTINGS, data)
}

/**
 * Reads IFLA_INFO_SLAVE_DATA of a link in a bridge: what differs from the kernel's defaults. undefined:
 * nothing does. The kernel disables a port that is not `running` by itself.
 */
export function parseBridgePort(data: Span, running: boolean): BridgePortSettings | undefined {
  const found: BridgePortSettings = parse(BRIDGE_PORT_SETTINGS, data) ?? {}
  const { state: _state, ...rest } = found
  const read: BridgePortSettings = running ? found : rest
  return Object.keys(read).length === 0 ? undefined : read
}

export function writeBridge(writer: MessageWriter, settings: BridgeSettings): void {
  write(writer, BRIDGE_SETTINGS, settings)
}

export function writeBridgePort(writer: MessageWriter, settings: BridgePortSettings): void {
  write(writer, BRIDGE_PORT_SETTINGS, settings)
}

/** A kernel leaves out the attributes of features that it is built without. */
function parse(table: Table, data: Span): Values | undefined {
  const found = attributes(data)
  const entries = Object.entries(table).flatMap(([key, { attribute, default: usual }]) => {
    const value = uint(found.get(attribute)) ?? usual
    return value === usual ? [] : [[key, value] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function write(writer: MessageWriter, table: Table, settings: Values): void {
  for (const [key, value] of Object.entries(settings)) {
    const terms = table[key]
    if (terms === undefined) continue
    if (terms.width === 1) writer.u8(terms.attribute, value)
    else writer.u16(terms.attribute, value)
  }
}
