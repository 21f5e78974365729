import type { HaveLinkModes, LinkModeSettings, WantLink } from '../../model/link.js'
import { isInUse, type CascadingLedger } from './cascade.js'
import { REASONS } from './impact.js'

type ModeName = keyof LinkModeSettings

const NAMES: readonly ModeName[] = ['autoNegotiate', 'speed', 'duplex']

/**
 * Plans the link modes of a port where they differ: all that are wanted in one step, because a driver
 * judges them together. What the driver refused is not tried again.
 */
export function settleModes(ledger: CascadingLedger, { name, modes }: WantLink): void {
  const state = ledger.state(name)
  if (modes === undefined || state === undefined || isSettled(modes, state.modes)) return
  const idle = isIdle(ledger, name)
  const reason = idle ? REASONS.modesIdle : REASONS.modes
  ledger.setModes(name, modes, setBefore(state.modes, modes), reason)
  if (!idle) loseLink(ledger, name, state.master)
}

/** Nothing notices a flap of a port that nothing uses or that has no link. */
function isIdle({ index }: CascadingLedger, name: string): boolean {
  return !isInUse(index, name) || index.have.get(name)?.carrier !== true
}

function loseLink(ledger: CascadingLedger, name: string, master: string | null): void {
  const isBond = master !== null && ledger.state(master)?.detail.kind === 'bond'
  if (!isBond) ledger.loseCarrier(name, REASONS.modes)
  else if (!hasOtherPort(ledger, name, master)) ledger.loseCarrier(master, REASONS.modes)
}

/**
 * Whether the port has what is wanted, as far as its driver shows it. A driver that shows no speed without
 * a link counts as set once it accepted the speed.
 */
function isSettled(wanted: LinkModeSettings, modes: HaveLinkModes | null): boolean {
  const differing = NAMES.filter((key) => wanted[key] !== undefined && wanted[key] !== modes?.[key])
  if (differing.length === 0) return true
  const attempt = modes?.attempt
  if (attempt === undefined || !isSame(attempt.settings, wanted)) return false
  return attempt.refusal !== null || differing.every((key) => !isShown(modes?.[key]))
}

function isShown(value: number | string | boolean | null | undefined): boolean {
  return value !== null && value !== undefined && value !== 'unknown'
}

function isSame(a: LinkModeSettings, b: LinkModeSettings): boolean {
  return NAMES.every((key) => a[key] === b[key])
}

/** The known values that a change to `to` replaces. With auto-negotiation, before or after, the others follow from it. */
function setBefore(modes: HaveLinkModes | null, to: LinkModeSettings): LinkModeSettings {
  const before = settingsOf(modes)
  if (before.autoNegotiate === true || to.autoNegotiate === true) return before
  return Object.fromEntries(
    NAMES.filter((key) => to[key] !== undefined && before[key] !== undefined).map((key) => [
      key,
      before[key],
    ]),
  )
}

/** What sets the link modes that a port has again. */
function settingsOf(modes: HaveLinkModes | null): LinkModeSettings {
  if (modes === null || modes.autoNegotiate === null) return {}
  if (modes.autoNegotiate) return { autoNegotiate: true }
  return {
    autoNegotiate: false,
    ...(modes.speed !== null && { speed: modes.speed }),
    ...(modes.duplex !== 'unknown' && { duplex: modes.duplex }),
  }
}

/** Whether another port keeps the bond's link meanwhile. Ports of one plan may go down at the same time. */
function hasOtherPort(ledger: CascadingLedger, name: string, bond: string): boolean {
  const { want, have, members } = ledger.index
  const detail = have.get(bond)?.detail
  const needed = detail?.kind === 'bond' ? Math.max(1, detail.options.minLinks) : 1
  const others = (members.get(bond) ?? []).filter((port) => {
    const modes = want.get(port.name)?.modes
    const stays = modes === undefined || isSettled(modes, port.modes ?? null)
    return port.name !== name && port.carrier && stays
  })
  return others.length >= needed
}
