import type { Millis } from '../../../core/base/time.js'
import {
  linksOf,
  unseenNews,
  withLinkNews,
  type ArrivedNews,
} from '../../../core/health/partial/link-news.js'
import type { LinkNews } from '../../../core/model/link.js'
import type { RouterState } from '../../../core/model/state.js'
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
  /** Takes in a notification; the new state is assessed in the same turn of the event loop. */
  readonly linkNews: (news: LinkNews) => void
  /** The state that a look read, with what arrived while it did; the next notification changes this state. */
  readonly whole: (state: RouterState, began: LookStart) => RouterState
}

/**
 * How often the notifications of one link are assessed by themselves. Those above it wait for the look that follows
 * every change, so that a link that flaps costs no more than looks do.
 */
const RATE = { perSecond: 1, burst: 4 } as const

export interface PartialLooksOptions {
  readonly clock: Pick<Clock, 'now' | 'wall' | 'sleep'>
  /** A change is being made, which moves what would be assessed. */
  readonly isMoving: () => boolean
  readonly assess: (state: RouterState) => void
}

/** Without a look before it, nothing is assessed. */
export function createPartialLooks(options: PartialLooksOptions): PartialLooks {
  const { clock, isMoving, assess } = options
  let last: RouterState | null = null
  let names: ReadonlySet<string> = new Set()
  let news: ReadonlyMap<string, ArrivedNews> = new Map()
  let buckets = new Map<string, TokenBucket>()
  let isScheduled = false

  function assessNews(): void {
    isScheduled = false
    // What was read before the change says little of the router after it.
    if (isMoving()) last = null
    if (last === null) return
    const next = withLinkNews(last, news, clock.wall().toISOString())
    if (next === last) return
    last = next
    assess(next)
  }

  function mayBeAssessed(name: string): boolean {
    const bucket = buckets.get(name) ?? createTokenBucket(RATE, clock)
    buckets.set(name, bucket)
    if (bucket.level() < 1) return false
    bucket.take(1)
    return true
  }

  return {
    linkNews(one) {
      if (!names.has(one.name)) return
      news = new Map(news).set(one.name, { ...one, at: clock.now() })
      if (isScheduled || !mayBeAssessed(one.name)) return
      isScheduled = true
      setImmediate(assessNews)
    },
    whole(state, began) {
      news = unseenNews(news, state, began)
      last = withLinkNews(state, news, state.at)
      names = linksOf(last)
      buckets = new Map([...buckets].filter(([name]) => names.has(name)))
      return last
    },
  }
}
