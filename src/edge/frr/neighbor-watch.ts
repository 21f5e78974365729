import { parseJson, type Json } from '../../core/base/json.js'
import { same } from '../../core/base/merge-patch.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { ShownNeighbor } from '../../core/model/state.js'
import { looseMembers, looseObject, type Loose } from './loose.js'
import { readNeighbor, readNeighbors, type FrrNeighbor, type NeighborId } from './neighbors.js'

/** Follows the neighbours of all VRFs. One of which nothing changes stays the same object. */
export interface NeighborWatch {
  /**
   * The neighbours without their times. With `quiet`, only those are asked for that are down or whose line in bgpd's summary
   * is another one, and all of them every {@link ALL_EVERY}: what the summary does not show is at most so old then. Rejects with a
   * FaultError.
   */
  readonly neighbors: (quiet: boolean) => Promise<readonly ShownNeighbor[]>
}

/** The state of BFD, the reason of the last reset and the counts of messages have no place in the summary. */
const ALL_EVERY = millis(30_000)

/**
 * Neighbours that are asked for one by one, at most, and the share of all that are. Where more have changed, all are asked for
 * at once.
 */
const ONE_BY_ONE = { count: 32, share: 0.25 } as const

export const ALL_NEIGHBORS = 'show bgp vrf all neighbors json'
const SUMMARY = 'show bgp vrf all summary json'

interface Known {
  readonly at: Millis
  /** What the summary said of each neighbour before it was asked for; by {@link keyOf}. */
  readonly lines: ReadonlyMap<string, string>
  readonly neighbors: ReadonlyMap<string, ShownNeighbor>
}

/** Nothing was asked yet. `ask` gets the answers of bgpd in the order of the commands. */
export function createNeighborWatch(
  ask: (commands: readonly string[]) => Promise<readonly string[]>,
  now: () => Millis,
): NeighborWatch {
  let known: Known | null = null

  async function askAll(): Promise<Known> {
    const at = now()
    // The summary comes first: what changes between both answers is another line the next time.
    const [summary = '', all = ''] = await ask([SUMMARY, ALL_NEIGHBORS])
    const neighbors = new Map(
      readNeighbors(all).map((one) => [keyOf(one), unlessSame(known?.neighbors, shown(one))]),
    )
    return { at, lines: readSummary(summary), neighbors }
  }

  async function askChanged(before: Known): Promise<Known> {
    const [summary = ''] = await ask([SUMMARY])
    const lines = readSummary(summary)
    const asked = doubtful(before, lines)
    const isOther = [...lines.keys()].some((key) => !before.neighbors.has(key))
    if (isOther || asked.length > oneByOneMax(before)) return askAll()
    if (asked.length === 0) return { ...before, lines }
    const answers = await ask(asked.map(commandFor))
    const neighbors = new Map(before.neighbors)
    for (const [place, one] of asked.entries()) {
      const found = readNeighbor(answers[place] ?? '', one)
      if (found === null) return askAll()
      neighbors.set(keyOf(one), unlessSame(before.neighbors, shown(found)))
    }
    return { ...before, lines, neighbors }
  }

  return {
    async neighbors(quiet) {
      const isYoung = known !== null && now() - known.at < ALL_EVERY
      known = quiet && isYoung && known !== null ? await askChanged(known) : await askAll()
      return [...known.neighbors.values()]
    },
  }
}

/** Those whose line is another one, and those that are down, unless they are many: why they are changes in no line. */
function doubtful(
  { neighbors, lines: before }: Known,
  lines: Known['lines'],
): readonly ShownNeighbor[] {
  const all = [...neighbors.values()]
  const isChanged = (one: ShownNeighbor): boolean => {
    const line = lines.get(keyOf(one))
    return line === undefined || line !== before.get(keyOf(one))
  }
  const both = all.filter((one) => isDown(one) || isChanged(one))
  return both.length <= ONE_BY_ONE.count ? both : all.filter(isChanged)
}

function oneByOneMax({ neighbors }: Known): number {
  return Math.max(ONE_BY_ONE.count, neighbors.size * ONE_BY_ONE.share)
}

function isDown({ sessionState, bfd }: ShownNeighbor): boolean {
  return sessionState !== 'Established' || (bfd !== null && bfd.sessionState !== 'up')
}

function keyOf({ vrf, address }: NeighborId): string {
  return `${vrf ?? ''} ${address}`
}

/** The command whose answer is about one neighbour. */
export function commandFor({ vrf, address }: NeighborId): string {
  return `show bgp${vrf === null ? '' : ` vrf ${vrf}`} neighbors ${address} json`
}

function shown({ sinceLastMessage, upFor, holdTime, ...rest }: FrrNeighbor): ShownNeighbor {
  return rest
}

function unlessSame(
  last: ReadonlyMap<string, ShownNeighbor> | undefined,
  found: ShownNeighbor,
): ShownNeighbor {
  const before = last?.get(keyOf(found))
  return before !== undefined && same(before as Json & ShownNeighbor, found as Json & ShownNeighbor)
    ? before
    : found
}

/** Of each neighbour, what a summary says of all its families without what changes while nothing happens. */
function readSummary(text: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const [name, families] of looseMembers(parseJson(text))) {
    const vrf = name === 'default' ? null : name
    for (const [family, about] of looseMembers(families)) {
      for (const [address, peer] of looseMembers(looseObject(about)['peers'])) {
        const key = keyOf({ vrf, address })
        lines.set(key, `${lines.get(key) ?? ''} ${family} ${lineOf(looseObject(peer))}`)
      }
    }
  }
  return lines
}

/** While a session is up, its keepalives are counted. */
function lineOf(peer: Loose): string {
  const counts = [peer['pfxRcd'], peer['pfxSnt'], peer['connectionsEstablished']]
  const messages = peer['state'] === 'Established' ? [] : [peer['msgRcvd'], peer['msgSent']]
  const words = [peer['state'], peer['peerState'], peer['connectionsDropped']]
  return JSON.stringify([words, counts, messages, peer['remoteAs']])
}
