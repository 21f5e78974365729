import { millis } from '../../base/time.js'
import type { FamilyState, NeighborState } from '../../model/state.js'
import { isDown } from '../session/cause.js'
import { CAUSES, type SessionCause, type Side } from '../session/terms.js'
import { rule, type Rule } from './rule.js'

/** Per cent of the prefix limit at which the warning begins, as the cloud providers advise. */
const PREFIX_LIMIT_NEAR = 80

/** All but the first are about a session that the intent wants up. */
export const NEIGHBOR_RULES: readonly Rule<NeighborState>[] = [
  rule({
    code: 'NEIGHBOR_NOT_SHUT_DOWN',
    severity: 'critical',
    raiseAfter: millis(10_000),
    needsLower: true,
    test: (neighbor) =>
      neighbor.wantShutdown && neighbor.sessionState === 'Established'
        ? `BGP to ${neighbor.address}${inVrf(neighbor)} is established although the intent shuts it down: see "demarc status" for the reason.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_MISSING',
    severity: 'critical',
    raiseAfter: millis(5000),
    stops: true,
    needsLower: true,
    test: (neighbor) =>
      neighbor.sessionState === 'missing' && !neighbor.wantShutdown
        ? `FRR has no neighbor ${neighbor.address}${inVrf(neighbor)}: see "demarc status" for the reason.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_HELD_DOWN',
    severity: 'critical',
    raiseAfter: millis(5000),
    suppressedBy: ['NEIGHBOR_MISSING'],
    stops: true,
    test: (neighbor) =>
      isHeldDown(neighbor)
        ? `FRR holds BGP to ${neighbor.address}${inVrf(neighbor)} administratively down, and the intent wants it up: ${holder(neighbor)}.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_BFD_DOWN',
    severity: 'warning',
    raiseAfter: millis(3000),
    suppressedBy: [
      'NEIGHBOR_MISSING',
      'NEIGHBOR_HELD_DOWN',
      'NEIGHBOR_DOWN',
      'PREFIX_LIMIT_EXCEEDED',
    ],
    needsLower: true,
    test: ({ address, wantShutdown, bfd }) =>
      bfd?.sessionState === 'down' && !wantShutdown
        ? `BFD to ${address} is down although BGP is established: check that the far end runs BFD.`
        : null,
  }),
  rule({
    code: 'GRACEFUL_SHUTDOWN_RECEIVED',
    severity: 'warning',
    needsLower: true,
    test: ({ address, sessionState, wantShutdown, drainingRoutes = 0, ...neighbor }) =>
      sessionState === 'Established' && !wantShutdown && drainingRoutes > 0
        ? `${drainingText(address, drainingRoutes, acceptedText(neighbor))}.`
        : null,
  }),
  rule({
    code: 'PREFIX_LIMIT_EXCEEDED',
    severity: 'critical',
    needsLower: true,
    test: (neighbor) => {
      if (neighbor.wantShutdown) return null
      if (isOverLimit(neighbor)) return heldText(neighbor)
      const family = neighbor.families.find(
        ({ received, limit }) => limit !== null && (received ?? 0) > limit,
      )
      return family === undefined
        ? null
        : `${neighbor.address} announces ${count(family)}: ask the far end to announce fewer, or raise the limit.`
    },
  }),
  rule({
    code: 'PREFIX_LIMIT_NEAR',
    severity: 'warning',
    raiseAfter: millis(10_000),
    clearAfter: millis(10_000),
    suppressedBy: ['PREFIX_LIMIT_EXCEEDED'],
    needsLower: true,
    test: (neighbor) => {
      const family = neighbor.families.find(isNear)
      return family === undefined || neighbor.wantShutdown
        ? null
        : `${neighbor.address} announces ${count(family)}, ${PREFIX_LIMIT_NEAR} % of it or more: ask the far end to announce fewer, or raise the limit.`
    },
  }),
]

/** A peer that marks its routes so moves traffic away before it ends the session (RFC 8326). */
export function drainingText(address: string, marked: number, accepted: string): string {
  return `${address} marks ${marked} of its routes (${accepted}) with GRACEFUL_SHUTDOWN (65535:0, RFC 8326): the far end has maintenance and moves traffic to other paths; ask it until when, and change nothing here`
}

/** The routes of each family that import accepts, such as `10 ipv4-unicast`. */
function acceptedText({ families }: Pick<NeighborState, 'families'>): string {
  const each = families.map(({ family, received }) => `${received ?? 'unknown'} ${family}`)
  return each.length === 0 ? 'no address family' : each.join(', ')
}

/** A neighbour with the cause of its outage; null: its session is up, or is not wanted. */
export interface SessionSubject {
  readonly neighbor: NeighborState
  readonly cause: SessionCause | null
}

export const SESSION_RULES: readonly Rule<SessionSubject>[] = [
  rule({
    code: 'NEIGHBOR_DOWN',
    severity: 'critical',
    raiseAfter: millis(10_000),
    suppressedBy: ['NEIGHBOR_MISSING', 'NEIGHBOR_HELD_DOWN', 'PREFIX_LIMIT_EXCEEDED'],
    stops: true,
    needsLower: true,
    test: ({ neighbor, cause }) =>
      cause === null
        ? null
        : `BGP to ${neighbor.address} (AS ${neighbor.peerAs ?? 'unknown'})${inVrf(neighbor)} is not established: ${cause.what}. ${FAULT[CAUSES[cause.code].side]}: ${cause.remedy}.`,
    variant: ({ cause }) => cause?.code ?? '',
  }),
]

const FAULT: Readonly<Record<Side, string>> = {
  ROUTER: 'The fault is on this router',
  PEER: 'The fault is at the far end',
  PATH: 'The fault is on the path',
  UNKNOWN: 'Which side is at fault cannot be measured from here',
}

/** Something else than the intent holds the session down. */
function isHeldDown(neighbor: NeighborState): boolean {
  return neighbor.adminDown && isDown(neighbor)
}

function holder({ heldBy, address }: NeighborState): string {
  return heldBy === null
    ? `look for "shutdown" in FRR's running configuration, at neighbor ${address}, its peer group and its block`
    : `${heldBy} does. Remove that in FRR, or set "shutdown" in the intent if it is meant`
}

function isOverLimit(neighbor: NeighborState): boolean {
  return neighbor.overLimit !== null && isDown(neighbor)
}

/** FRR counts no prefixes while it holds the session, so the number that the peer announced is not known. */
function heldText({ address, vrf, families, overLimit }: NeighborState): string {
  const limits = families.flatMap(({ family, limit }) =>
    limit === null ? [] : [`${limit} ${family} prefixes`],
  )
  const limit = limits.length === 0 ? '' : ` of ${limits.join(' and ')}`
  const inside = vrf === null ? '' : ` --vrf ${vrf}`
  const next =
    overLimit === null || overLimit.restartIn === null
      ? `then run "demarc clear neighbor ${address}${inside}"; FRR does not try again by itself`
      : `FRR tries again in ${Math.ceil(overLimit.restartIn / 60)} minutes, and at once after "demarc clear neighbor ${address}${inside}"`
  return `FRR ended BGP to ${address} because the peer announced more than the limit${limit}: ask the far end to announce fewer, or raise the limit in the intent, which brings the session back; ${next}.`
}

function isNear({ received, limit }: FamilyState): boolean {
  return limit !== null && received !== null && received * 100 >= limit * PREFIX_LIMIT_NEAR
}

function count({ family, received, limit }: FamilyState): string {
  return `${received ?? 'unknown'} ${family} prefixes, and the limit is ${limit ?? 0}`
}

/** ` in VRF blue`, or nothing for the default VRF. */
function inVrf({ vrf }: NeighborState): string {
  return vrf === null ? '' : ` in VRF ${vrf}`
}
