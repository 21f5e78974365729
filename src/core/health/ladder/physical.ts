import { has, hasPartner } from '../../cable/lacp.js'
import type { LacpMemberState, PortState } from '../../model/state.js'
import type { Subject } from '../subjects.js'
import { anyOf, climb, judgedRung } from './evidence.js'
import type { Rung } from './terms.js'

type PortSubject = Extract<Subject, { readonly kind: 'port' }>

/** What a port is judged with. */
export interface PortContext {
  /** Its member of the bundle; null: there is no bundle, or the kernel does not have it there. */
  readonly member: LacpMemberState | null
  readonly isBundle: boolean
  /** The far ends of the ports are no one bundle, which keeps members out of sync although each receives the other. */
  readonly isSplit: boolean
  /** Packets of this attachment came back over the only port of its connection. */
  readonly isAnswered: boolean
  /** When the look was made. */
  readonly at: string
}

const MODULE = anyOf(
  [
    ...['PORT_MISSING', 'OPTIC_ABSENT', 'OPTIC_NOT_REPORTED', 'OPTIC_UNREADABLE'],
    ...['OPTIC_UNSUPPORTED', 'OPTIC_EEPROM_INVALID', 'OPTIC_TYPE_MISMATCH'],
  ],
  'OPTIC_TEMPERATURE_',
  'OPTIC_VOLTAGE_',
)
const LIGHT_IN = anyOf(['OPTIC_NO_DIAGNOSTICS'], 'OPTIC_RX_')
const LIGHT_OUT = anyOf(['OPTIC_FAR_END_DARK', 'OPTIC_STRAND_LOSS'], 'OPTIC_TX_', 'OPTIC_BIAS_')
const LINK = anyOf([], 'PORT_', 'LLDP_')

/** Module, light both ways and link of one port. */
export function portRungs(subject: PortSubject, context: PortContext): readonly Rung[] {
  const { state: port } = subject
  const place = `port ${port.name}`
  const optical = { subject, place, holds: port.carrier, at: port.opticAt ?? context.at }
  const module = judgedRung({
    ...optical,
    rung: 'module',
    about: MODULE,
    figures: moduleText(port),
  })
  const lightIn = judgedRung({
    ...{ ...optical, rung: 'light-in', about: LIGHT_IN },
    figures: lightText(port, 'inputPower', 'receives'),
  })
  const link = judgedRung({
    ...{ rung: 'link', place, subject, about: LINK, holds: false, at: context.at },
    figures: linkText(port),
  })
  return climb(
    [wrongModule(module, port), noLight(lightIn, port), lightOut(subject, context), link],
    null,
  )
}

/** A module of another kind than the intent's explains a link that does not come up. */
function wrongModule(rung: Rung, { carrier }: PortState): Rung {
  const isWrong = rung.state === 'warning' && !carrier && rung.text.includes('the intent expects')
  return isWrong ? { ...rung, state: 'failed' } : rung
}

function noLight(rung: Rung, { name, optic }: PortState): Rung {
  if (rung.state !== 'failed') return rung
  const own = optic.state === 'present' ? optic.diagnostics?.outputPower?.dbm : undefined
  const sent = typeof own === 'number' ? `; ${name} itself sends ${own.toFixed(2)} dBm` : ''
  return { ...rung, text: `${rung.text.replace(/\.$/, '')}${sent}.` }
}

/**
 * Whether the far end receives the light of this port. A bundle member distributes once the LACPDUs of the partner repeat what it
 * said (IEEE 802.1AX). At 10 Gb/s and more a far end without light answers with "remote fault", which takes the link
 * down here although light arrives (IEEE 802.3 clause 46).
 */
function lightOut(subject: PortSubject, context: PortContext): Rung {
  const { state: port } = subject
  const place = `port ${port.name}`
  const rung = judgedRung({
    ...{ rung: 'light-out', place, subject, about: LIGHT_OUT, holds: port.carrier, at: context.at },
    figures: lightText(port, 'outputPower', 'sends'),
  })
  if (subject.isStale || (rung.state !== 'ok' && rung.state !== 'unknown')) return rung
  const missed = missedThere(port, context)
  if (missed !== null) return { ...rung, state: 'failed', side: 'FIBRE', text: missed }
  const proof = proofOf(port, context)
  return proof === null
    ? {
        ...rung,
        state: 'unknown',
        text: `${rung.text}; nothing shows that the far end receives it`,
      }
    : { ...rung, state: 'ok', text: `${rung.text}; ${proof}` }
}

function proofOf({ name }: PortState, { member, isAnswered }: PortContext): string | null {
  if (member !== null && has(member.actor, 'DISTRIBUTING') && !has(member.actor, 'EXPIRED')) {
    return `the LACP partner receives ${name}`
  }
  return isAnswered ? 'the far end answers' : null
}

/** Why it is to be believed that the far end does not receive this port; null: nothing shows it. */
function missedThere(port: PortState, context: PortContext): string | null {
  const { name } = port
  const received = powerOf(port, 'inputPower')
  const sent = powerOf(port, 'outputPower')
  const own = sent === null ? '' : ` although it sends ${sent} dBm`
  const strand = 'the strand from this router, or the receiver at the far end'
  const unanswered = context.isBundle && port.carrier ? unansweredBy(context) : null
  if (unanswered !== null) {
    return `The far end does not receive what ${name} sends${own}: its LACPDUs arrive, and ${unanswered}. Check ${strand}.`
  }
  if (port.carrier || received === null || !signalsRemoteFault(port)) return null
  return `${name} has no link${own} and receives ${received} dBm: the far end does not receive it. Ask for the light that the far end receives, and check ${strand}.`
}

/** What its LACPDUs say of those of this router; null: that it receives them. */
function unansweredBy({ member, isSplit }: PortContext): string | null {
  if (member === null || !hasPartner(member)) return null
  const { actor, partner, port } = member
  if (has(partner, 'DEFAULTED')) return 'say that it receives none (DEFAULTED)'
  if (has(partner, 'EXPIRED')) return 'say that it no longer receives any (EXPIRED)'
  const isInSync = has(actor, 'SYNCHRONIZATION') || has(actor, 'DISTRIBUTING')
  return isInSync || isSplit ? null : `do not repeat what ${port} said`
}

/** 10GBASE-R has no negotiation, so that light without a link leaves only the other direction. */
function signalsRemoteFault({ optic, autoNegotiate }: PortState): boolean {
  if (optic.state !== 'present' || autoNegotiate === true) return false
  const { ethernetPmds } = optic.identity
  return ethernetPmds.length > 0 && ethernetPmds.every((pmd) => pmd.startsWith('10GBASE-'))
}

type Power = 'inputPower' | 'outputPower'

function powerOf({ optic }: PortState, power: Power): string | null {
  const dbm = optic.state === 'present' ? optic.diagnostics?.[power]?.dbm : null
  return typeof dbm === 'number' ? dbm.toFixed(2) : null
}

function lightText(port: PortState, power: Power, verb: string): string {
  const dbm = powerOf(port, power)
  return dbm === null ? `${port.name} does not measure it` : `${port.name} ${verb} ${dbm} dBm`
}

function moduleText({ name, optic, expectedOptic }: PortState): string {
  if (optic.state !== 'present') return `${name} shows no module, and none is expected`
  const { vendor, vendorPart, serialNo, ethernetPmd } = optic.identity
  const kind = ethernetPmd ?? expectedOptic ?? 'module'
  return `${kind}, ${vendor} ${vendorPart}, serial ${serialNo}`
}

function linkText({ name, speed, duplex }: PortState): string {
  const rate = speed === null ? 'a link' : `${speed} Mb/s`
  return `${name} has ${rate}, ${duplex} duplex`
}
