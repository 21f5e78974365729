import { instantTextOf } from '../base/time.js'
import type { Millis } from '../base/time.js'

/**
 * The memory has a time of its own, in seconds, which never runs backwards: within a process it is the monotonic
 * clock; between two processes it goes on by the wall clock where that can be right.
 */
export interface Timeline {
  /** Seconds at `mono`. */
  readonly t: number
  readonly mono: Millis
  /** The wall clock less the monotonic one, ms. */
  readonly offset: number
  /** Where the last process stopped, while it is not known how long ago that was; null: it is known. */
  readonly unknownGap: Anchor | null
}

/** A moment of the timeline on the wall clock, ms since 1970. */
export interface Anchor {
  readonly t: number
  readonly wall: number
}

/** Both clocks at one moment; `wall` in ms since 1970. */
export interface Clocks {
  readonly mono: Millis
  readonly wall: number
}

/** A longer pause is taken for a wrong clock, s. */
const GAP_MOST = 400 * 86_400

/** A wall clock that moves more than this against the monotonic one was set, ms. */
const SET_BY = 60_000

/** Goes on from where the last process stopped; null: there was none. */
export function startTimeline(anchor: Anchor | null, { mono, wall }: Clocks): Timeline {
  const offset = wall - mono
  if (anchor === null) return { t: 0, mono, offset, unknownGap: null }
  const gap = gapOf(anchor, wall)
  return { t: anchor.t + (gap ?? 0), mono, offset, unknownGap: gap === null ? anchor : null }
}

/**
 * The time that has passed. A wall clock that is set changes nothing, but for one case: where it was wrong at the
 * start, so that the pause before was not known, the pause is added once the clock is right.
 */
export function advance(line: Timeline, { mono, wall }: Clocks): Timeline {
  const passed = Math.max(0, mono - line.mono) / 1000
  const next = { ...line, t: line.t + passed, mono }
  const offset = wall - mono
  if (Math.abs(offset - line.offset) < SET_BY) return next
  const { unknownGap } = line
  const run = unknownGap === null ? 0 : next.t - unknownGap.t
  const gap = unknownGap === null ? null : gapOf(unknownGap, wall - run * 1000)
  return gap === null ? { ...next, offset } : { ...next, offset, t: next.t + gap, unknownGap: null }
}

/** Where the timeline is, for the next process. */
export function anchorOf({ t, mono, offset }: Timeline): Anchor {
  return { t, wall: mono + offset }
}

/** The wall clock, ms since 1970, at a moment of the timeline, by what the clock shows now. */
function wallAt({ t, mono, offset }: Timeline, at: number): number {
  return mono + offset - (t - at) * 1000
}

/** The same as text; the years 1970 to 2999 are written, and what lies beyond is the nearest of them. */
export function instantAt(line: Timeline, at: number): string {
  const wall = Math.min(32_503_679_999_000, Math.max(0, Math.round(wallAt(line, at))))
  return instantTextOf(wall)
}

/** Seconds since the anchor; null: one of the two clocks was wrong. */
function gapOf(anchor: Anchor, wall: number): number | null {
  const gap = (wall - anchor.wall) / 1000
  return gap >= 0 && gap <= GAP_MOST ? gap : null
}
