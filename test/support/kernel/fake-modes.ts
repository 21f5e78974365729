import type { HaveLinkModes, LinkModeSettings } from '../../../src/core/model/link.js'

/** What a veth shows: its driver can set none of it. */
export const VIRTUAL_MODES: HaveLinkModes = {
  speed: 10_000,
  duplex: 'full',
  autoNegotiate: false,
  canAutoNegotiate: false,
}

/** A port of 1 Gb/s whose driver takes what is set, as that of a NIC does. */
export const SETTABLE_MODES: HaveLinkModes = {
  speed: 1000,
  duplex: 'full',
  autoNegotiate: true,
  canAutoNegotiate: true,
}

/** A driver that refuses changes nothing, and the refusal is no fault. */
export function setModes(link: { modes?: HaveLinkModes }, settings: LinkModeSettings): void {
  const { attempt: _before, ...modes } = link.modes ?? VIRTUAL_MODES
  const refusal = modes.canAutoNegotiate ? null : 'EOPNOTSUPP: its driver cannot set them'
  // Without a link a driver shows no speed; with auto-negotiation the two ends agree on what they had.
  const { autoNegotiate = modes.autoNegotiate } = settings
  const shown = modes.speed === null ? {} : autoNegotiate === true ? SETTABLE_MODES : settings
  const taken = refusal === null ? { ...shown, autoNegotiate } : {}
  link.modes = { ...modes, ...taken, attempt: { settings, refusal } }
}
