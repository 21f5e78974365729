import { escaped } from '../../base/quote.js'
import type { FamilyState, NeighborState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

/** Per cent of the prefix limit from which on it is near: what FRR and the providers' advice use. */
const PREFIX_LIMIT_NEAR = 80

/** All are silent for a session that is shut down on purpose. */
export const NEIGHBOR_RULES: readonly Rule<NeighborState>[] = [
  rule({
    code: 'NEIGHBOR_MISSING',
    severity: 'critical',
    holds: 5000,
    stops: true,
    needsBelow: true,
    test: (neighbor) =>
      neighbor.sessionState === 'missing' && !neighbor.adminDown
        ? `FRR has no neighbor ${neighbor.address}${inVrf(neighbor)}: "demarc status" says what keeps it so.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_DOWN',
    severity: 'critical',
    holds: 10_000,
    hiddenBy: ['NEIGHBOR_MISSING'],
    stops: true,
    needsBelow: true,
    test: (neighbor) =>
      isDown(neighbor)
        ? `BGP to ${neighbor.address} (AS ${neighbor.peerAs})${inVrf(neighbor)} is not established: ${reason(neighbor)}.`
        : null,
  }),
  rule({
    code: 'NEIGHBOR_BFD_DOWN',
    severity: 'warning',
    holds: 3000,
    hiddenBy: ['NEIGHBOR_MISSING', 'NEIGHBOR_DOWN'],
    needsBelow: true,
    test: ({ address, adminDown, bfd }) =>
      bfd?.sessionState === 'down' && !adminDown
        ? `BFD to ${address} is down: check that the far end runs BFD with these timers.`
        : null,
  }),
  rule({
    code: 'PREFIX_LIMIT_EXCEEDED',
    severity: 'critical',
    needsBelow: true,
    test: (neighbor) => {
      const family = neighbor.families.find((one) => one.limit !== null && one.received > one.limit)
      return family === undefined || neighbor.adminDown
        ? null
        : `${neighbor.address} announces ${count(family)}, more than agreed: ask the far end.`
    },
  }),
  rule({
    code: 'PREFIX_LIMIT_NEAR',
    severity: 'warning',
    holds: 10_000,
    clears: 10_000,
    hiddenBy: ['PREFIX_LIMIT_EXCEEDED'],
    needsBelow: true,
    test: (neighbor) => {
      const family = neighbor.families.find(isNear)
      return family === undefined || neighbor.adminDown
        ? null
        : `${neighbor.address} announces ${count(family)}, over ${PREFIX_LIMIT_NEAR} %: raise the limit or ask the far end.`
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
  return `${received} ${family} prefixes of at most ${limit ?? 0}`
}

function inVrf({ vrf }: NeighborState): string {
  return vrf === null ? '' : ` in VRF ${vrf}`
}

function reason({ lastError }: NeighborState): string {
  return lastError === null
    ? 'check the far end, the AS numbers and the password'
    : `the last error was "${peerText(lastError)}"`
}

/** Characters of a peer's own words that are passed on. */
const PEER_TEXT = 160

/** FRR's last error may hold what the peer wrote (RFC 9003): cut, and nothing a terminal obeys. */
export function peerText(text: string): string {
  return escaped(text.slice(0, PEER_TEXT))
}
