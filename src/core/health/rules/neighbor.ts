import { millis } from '../../base/time.js'
import { escaped } from '../../base/quote.js'
import type { FamilyState, NeighborState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

/** Per cent of the prefix limit at which the warning begins, as the cloud providers advise. */
const PREFIX_LIMIT_NEAR = 80

/** None is true for a session that the intent shuts down. */
export const NEIGHBOR_RULES: readonly Rule<NeighborState>[] = [
  rule({
    code: 'NEIGHBOR_MISSING',
    severity: 'critical',
    raiseAfter: millis(5000),
    stops: true,
    needsLower: true,
    test: (neighbor) =>
      neighbor.sessionState === 'missing' && !neighbor.adminDown
        ? `FRR has no neighbor ${neighbor.address}${inVrf(neighbor)}: see "demarc status" for the reason.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_DOWN',
    severity: 'critical',
    raiseAfter: millis(10_000),
    suppressedBy: ['NEIGHBOR_MISSING'],
    stops: true,
    needsLower: true,
    test: (neighbor) =>
      isDown(neighbor)
        ? `BGP to ${neighbor.address} (AS ${neighbor.peerAs})${inVrf(neighbor)} is not established${lastError(neighbor)}: check the far end, the AS numbers, the password and the path.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_BFD_DOWN',
    severity: 'warning',
    raiseAfter: millis(3000),
    suppressedBy: ['NEIGHBOR_MISSING', 'NEIGHBOR_DOWN'],
    needsLower: true,
    test: ({ address, adminDown, bfd }) =>
      bfd?.sessionState === 'down' && !adminDown
        ? `BFD to ${address} is down although BGP is established: check that the far end runs BFD.`
        : null,
  }),
  rule({
    code: 'PREFIX_LIMIT_EXCEEDED',
    severity: 'critical',
    needsLower: true,
    test: (neighbor) => {
      const family = neighbor.families.find(
        ({ received, limit }) => limit !== null && received > limit,
      )
      return family === undefined || neighbor.adminDown
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
      return family === undefined || neighbor.adminDown
        ? null
        : `${neighbor.address} announces ${count(family)}, ${PREFIX_LIMIT_NEAR} % of it or more: ask the far end to announce fewer, or raise the limit.`
    },
  }),
]

function isDown(neighbor: NeighborState): boolean {
  const { sessionState, adminDown } = neighbor
  return sessionState !== 'Established' && sessionState !== 'missing' && !adminDown
}

function isNear({ received, limit }: FamilyState): boolean {
  return limit !== null && received * 100 >= limit * PREFIX_LIMIT_NEAR
}

function count({ family, received, limit }: FamilyState): string {
  return `${received} ${family} prefixes, and the limit is ${limit ?? 0}`
}

function inVrf({ vrf }: NeighborState): string {
  return vrf === null ? '' : ` in VRF ${vrf}`
}

function lastError({ lastError: text }: NeighborState): string {
  return text === null ? '' : `; the last error was "${peerText(text)}"`
}

/** Characters of a text that a peer wrote. */
const PEER_TEXT_MAX = 160

/**
 * FRR's last error may hold a text that the peer wrote (RFC 9003): it is cut, and control characters
 * become escapes.
 */
export function peerText(text: string): string {
  return escaped(text.slice(0, PEER_TEXT_MAX))
}
