import type { RuleResult } from '../rules/rule.js'
import { activeCodes } from '../rules/rule.js'
import type { Subject } from '../subjects.js'
import type { LadderSide, Rung, RungName } from './terms.js'

/** Who has to mend what a finding says. What is not listed is this side's. */
const SIDES: Readonly<Record<string, LadderSide>> = {
  OPTIC_RX_LOS: 'FIBRE',
  OPTIC_RX_LOW: 'FIBRE',
  OPTIC_RX_LOW_WARNING: 'FIBRE',
  OPTIC_RX_HIGH: 'FIBRE',
  OPTIC_RX_HIGH_WARNING: 'FIBRE',
  OPTIC_RX_STEP: 'FIBRE',
  OPTIC_RX_DECLINE: 'FIBRE',
  OPTIC_RX_LOSS: 'FIBRE',
  OPTIC_FAR_END_DARK: 'FIBRE',
  OPTIC_STRAND_LOSS: 'FIBRE',
  LLDP_OTHER_NEIGHBOR: 'UNKNOWN',
  LLDP_NO_NEIGHBOR: 'PEER',
  PORT_NO_CARRIER: 'UNKNOWN',
  PORT_SPEED: 'UNKNOWN',
  PORT_HALF_DUPLEX: 'UNKNOWN',
  PORT_ERRORS: 'FIBRE',
  CONNECTION_NO_CARRIER: 'UNKNOWN',
  CONNECTION_BELOW_MIN_LINKS: 'UNKNOWN',
  LACP_NO_PARTNER: 'PEER',
  LACP_PARTNERS_DIFFER: 'FIBRE',
  LACP_PARTNER_RECEIVES_NOTHING: 'FIBRE',
  LACP_MEMBER_NOT_AGGREGATED: 'UNKNOWN',
  LACP_REDUNDANCY_UNSTABLE: 'UNKNOWN',
  CONNECTION_DEGRADED: 'UNKNOWN',
  PREFIX_LIMIT_EXCEEDED: 'PEER',
  PREFIX_LIMIT_NEAR: 'PEER',
  NEIGHBOR_BFD_DOWN: 'PEER',
  FAMILY_NOT_NEGOTIATED: 'PEER',
  NO_ROUTES_RECEIVED: 'PEER',
  ROUTES_ALL_REFUSED: 'UNKNOWN',
  ROUTES_COLLAPSED: 'UNKNOWN',
}

/** What one rung is judged by. */
export interface Judged {
  readonly rung: RungName
  readonly place: string
  readonly subject: Subject
  /** Whether a code of a finding is about this rung. */
  readonly about: (code: string) => boolean
  /** Something above shows that the rung holds, so that a finding about it is a warning. */
  readonly holds: boolean
  /** What was measured, where nothing is wrong. */
  readonly figures: string
  readonly at: string | null
  /** Who has to mend it where the state says more than the code; null: it does not. */
  readonly sideOf?: (code: string) => LadderSide | null
}

/** A rung as the health rules find it: the worst finding about it, or its figures. */
export function judgedRung({ rung, place, subject, about, holds, ...judged }: Judged): Rung {
  const { figures, at, sideOf } = judged
  const old = { rung, place, state: 'unknown', side: null, at } as const
  if (subject.isStale) return { ...old, text: subject.blockedBy ?? 'its source does not answer' }
  const found = worst(subject, about)
  if (found === null) return { ...old, state: 'ok', text: figures }
  const { code, severity, text } = found
  if (severity === 'unknown') return { ...old, text }
  const state = severity === 'critical' && !holds ? 'failed' : 'warning'
  return { ...old, state, text, side: sideOf?.(code) ?? SIDES[code] ?? 'ROUTER' }
}

const ORDER = ['critical', 'warning', 'unknown'] as const

function worst(subject: Subject, about: Judged['about']) {
  const active = activeCodes(subject.results)
  const found = subject.results.flatMap(({ rule, message }) => {
    const isExplained = rule.suppressedBy.some((code) => active.has(code) && about(code))
    if (message === null || !about(rule.code) || isExplained) return []
    return [{ code: rule.code, severity: rule.severity, text: message }]
  })
  return [...found].sort(bySeverity)[0] ?? null
}

type Severity = RuleResult['rule']['severity']

function bySeverity(
  a: { readonly severity: Severity },
  b: { readonly severity: Severity },
): number {
  return ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)
}

/** Codes that are about a rung, as a list or by their beginning. */
export function anyOf(codes: readonly string[], ...beginnings: readonly string[]): Judged['about'] {
  return (code) =>
    codes.includes(code) || beginnings.some((beginning) => code.startsWith(beginning))
}

/** Rungs above one that failed are not judged: they cannot work. */
export function climb(rungs: readonly Rung[], below: Rung | null): readonly Rung[] {
  let failed = below
  return rungs.map((rung) => {
    if (failed !== null) return skipped(rung, `${failed.place} fails below`)
    if (rung.state === 'failed') failed = rung
    return rung
  })
}

export function skipped({ rung, place }: Pick<Rung, 'rung' | 'place'>, text: string): Rung {
  return { rung, place, state: 'skipped', text, side: null, at: null }
}

export function failedOf(rungs: readonly Rung[]): Rung | null {
  return rungs.find(({ state }) => state === 'failed') ?? null
}
