import { has, isActive, isAnswered, isNegotiating } from '../../cable/lacp.js'
import type { ConnectionState, LacpMemberState, LacpState, RouterState } from '../../model/state.js'
import { churnedEnds, differentKeys, lackingEnds } from '../bundle/remarks.js'
import type { Subject } from '../subjects.js'
import { anyOf, judgedRung, skipped } from './evidence.js'
import type { LadderSide, Rung } from './terms.js'

type ConnectionSubject = Extract<Subject, { readonly kind: 'connection' }>

const LACP_CODES = anyOf(
  [
    ...['CONNECTION_MISSING', 'CONNECTION_NO_CARRIER'],
    ...['CONNECTION_BELOW_MIN_LINKS', 'CONNECTION_DEGRADED'],
  ],
  'LACP_',
)

/**
 * The bundle; a connection of one port has none. Findings about its routes and its load are not about it. A bundle
 * without a partner has a carrier all the same: the kernel lets one port carry the traffic, so that only an answer
 * (`isProven`) shows that it does.
 */
export function lacpRung(subject: ConnectionSubject, isProven: boolean, at: string): Rung {
  const { state: connection } = subject
  const { lacp } = connection
  const place = `connection ${connection.name}`
  const rung = judgedRung({
    ...{ rung: 'lacp', place, subject, holds: connection.carrier && isProven, at },
    about: LACP_CODES,
    figures: bundleText(connection),
    sideOf: (code) => (lacp === null ? null : sideOf(code, lacp)),
  })
  if (lacp === null) return rung.state === 'ok' ? skipped(rung, 'one port, no bundle') : rung
  return rung.side === null ? rung : { ...rung, text: `${rung.text}${wrongMembers(lacp)}` }
}

function bundleText({ lacp, ports }: ConnectionState): string {
  const members = lacp?.members ?? []
  const carry = members.filter(
    ({ actor }) => has(actor, 'COLLECTING') && has(actor, 'DISTRIBUTING'),
  )
  return `${members.filter(isActive).length} of ${ports.length} ports in the bundle, ${carry.length} collect and distribute, partner ${lacp?.partnerId ?? 'unknown'} key ${lacp?.partnerKey ?? 'unknown'}`
}

/** The end that the bits and the churn machines name; null: they name none, or both. */
function sideOf(code: string, lacp: LacpState): LadderSide | null {
  if (code === 'LACP_KEYS_DIFFER') return differentKeys(lacp, 'actor') === null ? 'PEER' : 'ROUTER'
  const endsOf = ENDS.get(code)
  if (endsOf === undefined) return null
  const ends = new Set(lacp.members.flatMap(endsOf))
  return ends.size === 1 ? (ends.has('actor') ? 'ROUTER' : 'PEER') : null
}

const ENDS: ReadonlyMap<string, (member: LacpMemberState) => readonly ('actor' | 'partner')[]> =
  new Map([
    ['LACP_MEMBER_NOT_DISTRIBUTING', lackingEnds],
    ['LACP_CHURNED', churnedEnds],
  ])

/** What both ends say of each member that does not carry traffic. */
function wrongMembers({ members }: LacpState): string {
  const wrong = members.filter((member) => {
    const isDead = !isActive(member) || lackingEnds(member).length > 0
    return isDead || churnedEnds(member).length > 0
  })
  return wrong.map((member) => ` ${memberText(member)}`).join('')
}

function memberText(member: LacpMemberState): string {
  const { port, linkUp, actor, partner, churn, linkFailures } = member
  const there = isAnswered(member) ? bits(partner.state) : 'no LACPDU'
  const rest = churn === null ? '' : `, churn ${churn.actor} here and ${churn.partner} there`
  const failures = linkFailures === null ? '' : `, ${linkFailures} link failures`
  const link = linkUp ? '' : ' has no link,'
  return `${port}:${link} here ${bits(actor.state)}, there ${there}${rest}${failures}.`
}

function bits(state: LacpMemberState['actor']['state']): string {
  return state.length === 0 ? 'no bit' : state.join(' ')
}

/** Whether the bundle of an attachment may still come to carry traffic by itself. */
export function negotiates(
  { attachments, connections }: Pick<RouterState, 'attachments' | 'connections'>,
  name: string,
): boolean {
  const attachment = attachments.find((each) => each.name === name)
  const connection = connections.find((each) => each.name === attachment?.connection)
  return connection?.lacp?.members.some(isNegotiating) ?? false
}
