import { millis, type Millis } from '../../../core/base/time.js'
import {
  linksOf,
  unseenNews,
  withLinkNews,
  type ArrivedNews,
} from '../../../core/health/partial/link-news.js'
import {
  isUp,
  sessionKey,
  withReported,
  withSessions,
  type ArrivedSession,
  type NeighborId,
} from '../../../core/health/partial/sessions.js'
import type { LinkNews } from '../../../core/model/link.js'
import type {
  NeighborState,
  PeerDown,
  RouterState,
  ShownNeighbor,
} from '../../../core/model/state.js'
import type { Clock } from '../../../edge/host/clock.js'
import { createTokenBucket, type TokenBucket } from '../../../edge/socket/flow/token-bucket.js'

/** When a look began, on both clocks. */
export interface LookStart {
  readonly now: Millis
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
}

/** Joins what the kernel notifies with what looks read, so that a lost link needs no look. */
export interface PartialLooks {
  /** Takes in a notification; the new state is assessed at the end of this turn of the event loop, or {@link PAUSE} after the last one. */
  readonly linkNews: (news: LinkNews) => void
  /**
   * Takes in that a session with this address ended, from the kernel or over BMP: bgpd is asked for the neighbour alone,
   * and only its answer counts. `down`: what BMP says of it.
   */
  readonly sessionEnd: (address: string, down?: PeerDown) => void
  /** The state that a look read, with what arrived while it did; the next notification changes this state. */
  readonly whole: (state: RouterState, began: LookStart) => RouterState
}

/**
 * How often the notifications of one link are assessed by themselves. Those above it wait for the look that follows
 * every change, so that a link that flaps costs no more than looks do.
 */
const RATE = { perSecond: 1, burst: 4 } as const

/**
 * What follows the first notification of a cut fibre, its VLANs and sessions, is assessed together this much later, so that it does
 * not hold up the report of the first.
 */
const PAUSE = millis(50)

/** Neighbours that bgpd is asked for at a time; more that end together are left to the look. */
const ASKED_MAX = 16

export interface PartialLooksOptions {
  readonly clock: Pick<Clock, 'now' | 'wall' | 'sleep'>
  /** A change is being made, which moves what would be assessed. */
  readonly isMoving: () => boolean
  readonly assess: (state: RouterState) => void
  /** A session ended that was established at the last look. */
  readonly onLost: () => void
  /** What bgpd shows of one neighbour; null: nothing. */
  readonly neighbor: (id: NeighborId) => Promise<ShownNeighbor | null>
}

/** Without a look before it, nothing is assessed. */
export function createPartialLooks(options: PartialLooksOptions): PartialLooks {
  const { clock, isMoving, assess, onLost, neighbor } = options
  let last: RouterState | null = null
  let names: ReadonlySet<string> = new Set()
  let news: ReadonlyMap<string, ArrivedNews> = new Map()
  const rates = createRates(clock)
  const paced = createPaced(clock, assessNews)
  let asked = 0
  let sessions: ReadonlyMap<string, ArrivedSession> = new Map()

  function assessNews(): void {
    // What was read before the change says little of the router after it.
    if (isMoving()) last = null
    if (last === null) return
    const at = clock.wall().toISOString()
    const next = withSessions(withLinkNews(last, news, at), sessions, at)
    if (next === last) return
    last = next
    assess(next)
  }

  /** A daemon that does not answer is a finding of the looks. */
  async function askFor({ vrf, address, handshakes }: NeighborState, down: PeerDown | null) {
    const id = { vrf, address }
    asked += 1
    const answer = await neighbor(id).catch(() => null)
    asked -= 1
    if (answer === null) return
    const shown = withReported(answer, handshakes, down)
    sessions = new Map(sessions).set(sessionKey(id), { shown, at: clock.now() })
    paced.request()
  }

  return {
    sessionEnd(address, down) {
      const up = last?.neighbors.filter((one) => one.address === address && isUp(one)) ?? []
      if (up.length > 0) onLost()
      for (const one of up) {
        if (asked < ASKED_MAX && rates.take(sessionKey(one))) void askFor(one, down ?? null)
      }
    },
    linkNews(one) {
      if (!names.has(one.name)) return
      news = new Map(news).set(one.name, { ...one, at: clock.now() })
      if (!paced.isWaiting() && rates.take(one.name)) paced.request()
    },
    whole(state, began) {
      news = unseenNews(news, state, began)
      sessions = new Map([...sessions].filter(([, { at }]) => at >= began.now))
      last = withSessions(withLinkNews(state, news, state.at), sessions, state.at)
      names = linksOf(last)
      rates.keep(new Set([...names, ...last.neighbors.map(sessionKey)]))
      return last
    },
  }
}

/** Runs a task at the end of this turn of the event loop, or {@link PAUSE} after it last ran. */
function createPaced(clock: PartialLooksOptions['clock'], task: () => void) {
  let isWaiting = false
  let ranAt: Millis | null = null

  function run(): void {
    isWaiting = false
    ranAt = clock.now()
    task()
  }

  return {
    isWaiting: () => isWaiting,
    request(): void {
      if (isWaiting) return
      isWaiting = true
      const left = ranAt === null ? 0 : ranAt + PAUSE - clock.now()
      if (left <= 0) setImmediate(run)
      else void clock.sleep(millis(left)).then(run)
    },
  }
}

/** One bucket for each link and session. */
function createRates(clock: PartialLooksOptions['clock']) {
  let buckets = new Map<string, TokenBucket>()
  return {
    take(name: string): boolean {
      const bucket = buckets.get(name) ?? createTokenBucket(RATE, clock)
      buckets.set(name, bucket)
      if (bucket.level() < 1) return false
      bucket.take(1)
      return true
    },
    keep(names: ReadonlySet<string>): void {
      buckets = new Map([...buckets].filter(([name]) => names.has(name)))
    },
  }
}
