import { millis } from '../../base/time.js'
import type {
  AttachmentState,
  ConnectionState,
  FamilyPolicy,
  FamilyState,
  NeighborState,
} from '../../model/state.js'
import { bestAggregate } from '../../routes/aggregate.js'
import { SETTLED_AFTER, usualCount, type UsualRoutes } from '../../routes/usual.js'
import { rule, type Rule } from './rule.js'

/** A neighbour with what is usual for it. */
export interface RouteSubject {
  readonly neighbor: NeighborState
  readonly usual: UsualRoutes
}

/** The counts of a small table move by themselves: below this no collapse is seen. */
const COLLAPSE_FROM = 4
/** Per cent of `export.maxPrefixes` at which the warning begins. */
const EXPORT_LIMIT_NEAR = 80

const USELESS = [
  'FAMILY_NOT_NEGOTIATED',
  'NO_ROUTES_RECEIVED',
  'ROUTES_ALL_REFUSED',
  'NO_ROUTES_ANNOUNCED',
] as const

/** Codes of what works and is of no use: the link or the session is up, and no routes flow. */
export const WITHOUT_ROUTES: ReadonlySet<string> = new Set([
  ...USELESS,
  'ATTACHMENT_WITHOUT_ROUTES',
  'CONNECTION_WITHOUT_ROUTES',
])

/** Sessions that are Established: whether routes flow over them. What the intent does not want is not missed. */
export const ROUTE_RULES: readonly Rule<RouteSubject>[] = [
  rule({
    code: 'FAMILY_NOT_NEGOTIATED',
    severity: 'critical',
    raiseAfter: millis(10_000),
    needsLower: true,
    test: ({ neighbor }) => notNegotiated(neighbor),
  }),
  rule({
    code: 'NO_ROUTES_RECEIVED',
    severity: 'critical',
    raiseAfter: SETTLED_AFTER,
    needsLower: true,
    test: ({ neighbor }) => firstText(neighbor, nothingReceived),
  }),
  rule({
    code: 'ROUTES_ALL_REFUSED',
    severity: 'critical',
    raiseAfter: SETTLED_AFTER,
    needsLower: true,
    test: ({ neighbor }) => firstText(neighbor, allRefused),
  }),
  rule({
    code: 'NO_ROUTES_ANNOUNCED',
    severity: 'critical',
    raiseAfter: SETTLED_AFTER,
    needsLower: true,
    test: ({ neighbor }) => firstText(neighbor, nothingAnnounced),
  }),
  rule({
    code: 'ROUTES_COLLAPSED',
    severity: 'warning',
    raiseAfter: SETTLED_AFTER,
    suppressedBy: USELESS,
    needsLower: true,
    test: ({ neighbor, usual }) => firstText(neighbor, (session) => collapsed(session, usual)),
  }),
  rule({
    code: 'EXPORT_LIMIT_REACHED',
    severity: 'critical',
    raiseAfter: millis(10_000),
    clearAfter: millis(10_000),
    needsLower: true,
    test: ({ neighbor }) => firstText(neighbor, exportLimitReached),
  }),
  rule({
    code: 'EXPORT_LIMIT_NEAR',
    severity: 'warning',
    raiseAfter: millis(10_000),
    clearAfter: millis(10_000),
    suppressedBy: ['EXPORT_LIMIT_REACHED'],
    needsLower: true,
    test: ({ neighbor }) => firstText(neighbor, exportLimitNear),
  }),
]

/** Whether the session of a neighbour is Established and carries no routes that the intent wants. */
function isUseless(neighbor: NeighborState): boolean {
  const isEmpty = [nothingReceived, allRefused, nothingAnnounced].some(
    (test) => firstText(neighbor, test) !== null,
  )
  return isEmpty || notNegotiated(neighbor) !== null
}

/** Only of attachments and connections with at least one such session, and with none that works. */
function withoutRoutes(neighbors: readonly NeighborState[]): readonly NeighborState[] {
  const wanted = neighbors.filter(({ wantShutdown }) => !wantShutdown)
  const useless = wanted.filter(isUseless)
  const works = wanted.some(
    (neighbor) => neighbor.sessionState === 'Established' && !useless.includes(neighbor),
  )
  return works ? [] : useless
}

export const ATTACHMENT_ROUTE_RULES: readonly Rule<{
  readonly attachment: AttachmentState
  readonly neighbors: readonly NeighborState[]
}>[] = [
  rule({
    code: 'ATTACHMENT_WITHOUT_ROUTES',
    severity: 'critical',
    raiseAfter: SETTLED_AFTER,
    suppressedBy: ['ATTACHMENT_MISSING', 'ATTACHMENT_DOWN', 'ATTACHMENT_NO_CARRIER'],
    needsLower: true,
    test: ({ attachment, neighbors }) => {
      const [first] = withoutRoutes(neighbors)
      if (first === undefined) return null
      return `No BGP session of attachment ${attachment.name} carries the routes that the intent wants: see the findings of neighbor ${first.address}.`
    },
  }),
]

export const CONNECTION_ROUTE_RULES: readonly Rule<{
  readonly connection: ConnectionState
  readonly neighbors: readonly NeighborState[]
}>[] = [
  rule({
    code: 'CONNECTION_WITHOUT_ROUTES',
    severity: 'critical',
    raiseAfter: SETTLED_AFTER,
    suppressedBy: ['CONNECTION_MISSING', 'CONNECTION_NO_CARRIER'],
    needsLower: true,
    test: ({ connection, neighbors }) => {
      const [first] = withoutRoutes(neighbors)
      if (first === undefined) return null
      return `No BGP session over connection ${connection.name} carries the routes that the intent wants: see the findings of neighbor ${first.address} of attachment ${first.attachment}.`
    },
  }),
]

/** One family of an Established session that the intent wants up. */
interface FamilySession {
  readonly neighbor: NeighborState
  readonly counts: FamilyState
  readonly policy: FamilyPolicy
}

type FamilyTest = (session: FamilySession) => string | null

/** The first family that the intent has rules for and the far end has not offered (RFC 4760). */
function notNegotiated(neighbor: NeighborState): string | null {
  const { policies, negotiated } = neighbor
  if (!isJudged(neighbor) || negotiated === null) return null
  const wanted = policies.filter(({ accepts, announces }) => accepts.length + announces.length > 0)
  const lacking = wanted.find(({ family }) => negotiated.lackingFamilies.includes(family))
  if (lacking === undefined) return null
  return `${place(neighbor)} has not offered ${lacking.family} in its OPEN, so no such route goes either way although the session is established: ask the far end to activate ${lacking.family} for this router, or take it out of the intent.`
}

function isJudged({ wantShutdown, sessionState }: NeighborState): boolean {
  return !wantShutdown && sessionState === 'Established'
}

/** The first sentence that the test has about a family that both ends offered. */
function firstText(neighbor: NeighborState, test: FamilyTest): string | null {
  if (!isJudged(neighbor)) return null
  const lacking = neighbor.negotiated?.lackingFamilies ?? []
  for (const counts of neighbor.families) {
    if (lacking.includes(counts.family)) continue
    const policy = neighbor.policies.find(({ family }) => family === counts.family)
    const text = policy === undefined ? null : test({ neighbor, counts, policy })
    if (text !== null) return text
  }
  return null
}

function acceptsNothing({ counts, policy }: FamilySession): boolean {
  return policy.accepts.length > 0 && counts.received === 0
}

function nothingReceived(session: FamilySession): string | null {
  const { neighbor, counts, policy } = session
  if (!acceptsNothing(session) || refusal(neighbor) !== null) return null
  const of = `${counts.family} route`
  return hasOtherRoutes(neighbor)
    ? `No ${of} of ${place(neighbor)} is accepted: the far end announces none, or none that import accepts (${some(policy.accepts)}). Ask the far end what it announces.`
    : `${place(neighbor)} announces no ${of}s although its session is established, so no traffic leaves over it: ask the far end to announce its prefixes.`
}

function allRefused(session: FamilySession): string | null {
  const { neighbor, counts, policy } = session
  const why = acceptsNothing(session) ? refusal(neighbor) : null
  if (why === null) return null
  return `No ${counts.family} route of ${place(neighbor)} is accepted, and it has ${why}. Import accepts only ${some(policy.accepts)}${besides(policy)}: compare that with what the far end announces.`
}

/** The filters besides the prefixes, of which one may be what refuses. */
function besides({ conditions = [] }: FamilyPolicy): string {
  return conditions.length === 0 ? '' : `, and of those routes with ${conditions.join(' and ')}`
}

function hasOtherRoutes({ families }: NeighborState): boolean {
  return families.some(({ received }) => received !== null && received > 0)
}

/** What shows that the neighbour announces routes of which none is accepted; null: nothing does. */
function refusal(neighbor: NeighborState): string | null {
  const { updates, refused, loops } = neighbor.messages
  // The counts are of all families together.
  if (hasOtherRoutes(neighbor)) return null
  if (refused === null) return sentSomething(neighbor, updates)
  if (refused > 0) return `announced routes ${times(refused)} that import refused`
  if (loops === null || loops === 0) return null
  return 'announced only routes with an AS of this router in their path, which BGP refuses (RFC 4271)'
}

/** FRR 8.4 counts no refusals, but UPDATE messages. One for each family and session ends the first exchange (RFC 4724). */
function sentSomething(
  { families, establishedTransitions }: NeighborState,
  updates: number | null,
): string | null {
  const ends = Math.max(1, establishedTransitions ?? 1) * families.length
  if (updates === null || updates <= ends) return null
  return `sent ${updates} UPDATE messages: import refused their routes, or the far end has withdrawn them`
}

function nothingAnnounced({ neighbor, counts, policy }: FamilySession): string | null {
  if (policy.announces.length === 0 || counts.sent !== 0) return null
  const head = `No ${counts.family} route is announced to ${place(neighbor)}, so no traffic comes back over it`
  const { absent } = policy
  return absent === null || absent.length === 0
    ? `${head}: the BGP table has no route that export takes (${some(policy.announces)}).`
    : `${head}: the router has no route to ${some(absent)}. Give it one, such as an address, a static route or a route of another protocol.`
}

function collapsed({ neighbor, counts, policy }: FamilySession, usual: UsualRoutes): string | null {
  const directions = [
    ['received', policy.accepts, 'accepted from'],
    ['sent', policy.announces, 'announced to'],
  ] as const
  for (const [direction, wanted, verb] of directions) {
    const now = counts[direction]
    const before = usualCount(usual, counts.family, direction)
    if (wanted.length === 0 || now === null || before === null) continue
    if (before < COLLAPSE_FROM || now * 2 >= before) continue
    return `Only ${now} ${counts.family} routes are ${verb} ${place(neighbor)}, and ${before} are usual: ask the far end what changed, or see the last changes of this router.`
  }
  return null
}

function exportLimitReached(session: FamilySession): string | null {
  const { neighbor, counts } = session
  const { family, sent, outLimit } = counts
  if (outLimit === undefined || sent === null || sent < outLimit) return null
  return `${sent} ${family} routes are announced to ${place(neighbor)}, which is ${limitText(session)}: further routes stay inside. ${remedy(session)}`
}

function exportLimitNear(session: FamilySession): string | null {
  const { neighbor, counts } = session
  const { family, sent, outLimit } = counts
  if (outLimit === undefined || sent === null) return null
  if (sent * 100 < outLimit * EXPORT_LIMIT_NEAR) return null
  return `${sent} ${family} routes are announced to ${place(neighbor)}, and ${limitText(session)} is ${outLimit}. ${remedy(session)}`
}

function limitText({ policy: { shareOf } }: FamilySession): string {
  return shareOf === undefined
    ? 'the limit of the intent'
    : `its share of the ${shareOf.limit} routes that all sessions to gateway ${shareOf.gateway} may announce together`
}

/** What makes fewer routes: the aggregate of those that the router originates, where there is one. */
function remedy({ policy }: FamilySession): string {
  const best = bestAggregate(policy.announces)
  return best === null
    ? 'Announce fewer prefixes, or raise the limit.'
    : `Announce ${best.prefix} in place of the ${best.covers} prefixes in it, or raise the limit.`
}

function place({ address, vrf }: NeighborState): string {
  return vrf === null ? address : `${address} in VRF ${vrf}`
}

/** Prefixes that one sentence names. */
const NAMED_MAX = 3

function some(prefixes: readonly string[]): string {
  const more = prefixes.length > NAMED_MAX ? ` and ${prefixes.length - NAMED_MAX} more` : ''
  return `${prefixes.slice(0, NAMED_MAX).join(', ')}${more}`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
