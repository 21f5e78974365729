import { fault, type Fault } from '../../core/base/fault.js'
import { ok } from '../../core/base/result.js'
import { millis, type Millis } from '../../core/base/time.js'
import {
  nextSession,
  startSession,
  type Session,
  type SessionAct,
  type SessionEvent,
  type SessionPolicy,
} from '../../core/session/session.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import type { Clock } from '../../edge/host/clock.js'
import {
  createProgressQueue,
  deliverReports,
  type ProgressQueue,
  type ReportSource,
} from './delivery.js'
import {
  caught,
  dialHub,
  greetHub,
  newDial,
  PATIENCE,
  type Dial,
  type DialOptions,
} from './dial.js'
import { createLivenessRecord, type HubLiveness, type LivenessRecord } from './liveness.js'
import { createWakeup, type Wakeup } from './wakeup.js'

interface LinkSettings {
  /** In the order in which they are tried. */
  readonly urls: readonly string[]
  /** Between two pings. */
  readonly heartbeat: Millis
  /** Without an answer for this long the hub counts as gone. */
  readonly silence: Millis
  /** The longest wait between two dials. */
  readonly backoffCap: Millis
}

/** The link as `status` shows it. */
export interface HubState {
  /** The hub that is connected, or was dialled last. */
  readonly url: string | null
  readonly connected: boolean
  /** ISO 8601: the last change of `connected`; null before the first connection. */
  readonly since: string | null
  readonly lastError: string | null
}

/** Where there is no hub, or none was dialled yet. */
export const NEVER_CONNECTED: HubState = {
  url: null,
  connected: false,
  since: null,
  lastError: null,
}

export interface HubLinkOptions extends DialOptions {
  readonly settings: LinkSettings
  readonly reports: ReportSource
  /** Called before the first report of a connection is sent. */
  readonly onState: (state: HubState) => void
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly signal: AbortSignal
}

export interface HubLink {
  /** There are new reports. */
  readonly wake: () => void
  /** Reports to the hub, now or once it can be reached; it recognizes a repetition. */
  readonly progress: (record: ChangeProgress) => void
  /** Pings the hub now, if it is connected; an answer shows in `liveness`. */
  readonly requestPing: () => void
  readonly liveness: () => HubLiveness
  /** Ends the present connection; the next one is dialled with the files as they are then. */
  readonly redial: () => void
  /** Resolves after the signal, when the socket is closed. */
  readonly stopped: Promise<void>
}

const BACKOFF_BASE = millis(1000)

/** WebSocket close code (RFC 6455 section 7.4.1): this end goes away. */
const GOING_AWAY = 1001

/** A link that runs: what it works with, and its present state. */
interface RunningLink {
  readonly options: HubLinkOptions
  readonly policy: SessionPolicy
  readonly moreReports: Wakeup
  readonly progress: ProgressQueue
  readonly liveness: LivenessRecord
  session: Session
  /** The newest dial. */
  dial: Dial | null
  /** Aborted to cancel the wait for `session.wakeAt`. */
  timer: AbortController
  state: HubState
}

/**
 * Keeps the control connection to a hub. The state machine of `core/session` decides; this owns the
 * timer and the socket, reports what happens to it, and carries out its acts.
 */
export function startHubLink(options: HubLinkOptions): HubLink {
  const link = openLink(options)
  const { signal } = options
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      const peer = link.dial?.peer
      handle(link, { saw: 'stop' })
      void Promise.resolve(peer?.closed).then(() => resolve())
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  if (!signal.aborted) handle(link, { saw: 'timer', jitter: options.random() })
  return {
    wake: link.moreReports.notify,
    progress: link.progress.add,
    requestPing() {
      if (link.session.is === 'up' && link.dial !== null) void ping(link, link.dial)
    },
    liveness() {
      const { connected, lastError } = link.state
      return { ...link.liveness.read(), connected, lastError }
    },
    redial() {
      if (link.dial !== null)
        hangUp(link, link.dial, 'connects anew with another token or authority')
    },
    stopped,
  }
}

function openLink(options: HubLinkOptions): RunningLink {
  const { settings, clock } = options
  return {
    options,
    policy: {
      hubs: settings.urls.length,
      heartbeat: settings.heartbeat,
      silence: settings.silence,
      patience: PATIENCE,
      backoffBase: BACKOFF_BASE,
      backoffCap: settings.backoffCap,
    },
    moreReports: createWakeup(),
    progress: createProgressQueue(),
    liveness: createLivenessRecord(clock.now),
    session: startSession(clock.now()),
    dial: null,
    timer: new AbortController(),
    state: NEVER_CONNECTED,
  }
}

function handle(link: RunningLink, event: SessionEvent): void {
  const { clock } = link.options
  const wasUp = link.session.is === 'up'
  const [session, acts] = nextSession(link.policy, link.session, event, clock.now())
  link.session = session
  if (wasUp && session.is !== 'up') {
    // Acts are only returned when pings went unanswered. Otherwise the hub closed the connection itself and
    // still counts as reachable.
    if (link.dial !== null && acts.length > 0) link.liveness.timedOut(link.dial.url)
    show(link, { connected: false, since: clock.wall().toISOString() })
  }
  waitForTimer(link)
  for (const act of acts) perform(link, act)
}

/** Cancels the wait that runs and waits for `wakeAt` of the present session. */
function waitForTimer(link: RunningLink): void {
  const { session } = link
  const { clock } = link.options
  link.timer.abort()
  if (session.is === 'stopped') return
  const timer = new AbortController()
  link.timer = timer
  const left = millis(Math.max(0, session.wakeAt - clock.now()))
  void sleepUntilTimer(link, left, timer.signal)
}

async function sleepUntilTimer(
  link: RunningLink,
  duration: Millis,
  cancelled: AbortSignal,
): Promise<void> {
  const { clock, random } = link.options
  await clock.sleep(duration, cancelled)
  if (!cancelled.aborted) handle(link, { saw: 'timer', jitter: random() })
}

function show(link: RunningLink, change: Partial<HubState>): void {
  link.state = { ...link.state, ...change }
  link.options.onState(link.state)
}

const TASKS: Readonly<
  Record<
    Exclude<SessionAct['do'], 'dial' | 'hang-up'>,
    (link: RunningLink, dial: Dial) => void | Promise<void>
  >
> = { greet, ping, resume }

function perform(link: RunningLink, act: SessionAct): void {
  if (act.do === 'dial') return startDial(link, act.hub, act.dial)
  const { dial } = link
  if (dial?.number !== act.dial) return
  if (act.do === 'hang-up') return hangUp(link, dial, act.why)
  void TASKS[act.do](link, dial)
}

function startDial(link: RunningLink, hub: number, number: number): void {
  const url = link.options.settings.urls[hub]
  if (url === undefined) return
  const dial = newDial(number, url)
  link.dial = dial
  show(link, { url })
  void follow(link, dial)
}

/** From the dial to the end of the connection. */
async function follow(link: RunningLink, dial: Dial): Promise<void> {
  const { url, abort } = dial
  const reached = await dialHub(dial, link.options, link.liveness)
  if (!reached.ok) return lose(link, dial, firstOf(reached.faults, url))
  const peer = reached.value
  dial.peer = peer
  if (abort.signal.aborted) return peer.hangUp(GOING_AWAY, 'the dial was given up')
  handle(link, { saw: 'connected', dial: dial.number })
  const { code, reason } = await peer.closed
  const closed = `the connection was closed with ${code}`
  lose(link, dial, fault('HUB_UNREACHABLE', url, reason === '' ? closed : `${closed}: ${reason}`))
}

async function greet(link: RunningLink, dial: Dial): Promise<void> {
  const { peer, url } = dial
  if (peer === null) return
  const welcomed = await greetHub(peer, url, link.options.hello)
  if (!welcomed.ok) return lose(link, dial, firstOf(welcomed.faults, url))
  dial.resumeAt = welcomed.value
  link.liveness.seen()
  handle(link, { saw: 'welcomed', dial: dial.number })
}

function resume(link: RunningLink, dial: Dial): void {
  const { peer, url } = dial
  if (peer === null) return
  const { reports, clock, onWarning } = link.options
  show(link, { connected: true, since: clock.wall().toISOString(), lastError: null })
  const refused = (why: Fault): void =>
    onWarning(`the hub refused the progress of a change: ${why.at}: ${why.message}`)
  for (const delivery of [
    () => deliverReports(peer, reports, dial.resumeAt, link.moreReports),
    () => link.progress.deliver(peer, refused),
  ]) {
    void caught(url, async () => ok(await delivery())).then((ended) =>
      lose(
        link,
        dial,
        ended.ok ? fault('HUB_UNREACHABLE', url, ended.value) : firstOf(ended.faults, url),
      ),
    )
  }
}

async function ping(link: RunningLink, dial: Dial): Promise<void> {
  const answer = await dial.peer?.call('ping', {}, { timeout: link.policy.silence })
  if (answer?.ok !== true) return
  link.liveness.seen()
  handle(link, { saw: 'pong', dial: dial.number })
}

function hangUp(link: RunningLink, dial: Dial, why: string): void {
  show(link, { lastError: why })
  dial.abort.abort()
  dial.peer?.hangUp(GOING_AWAY, why)
}

/** The dial failed or its connection ended. Only the dial that is in use changes what the status shows. */
function lose(link: RunningLink, dial: Dial, why: Fault): void {
  const { session, options } = link
  const inUse = session.is === 'stopped' || session.is === 'waiting' ? null : session.dial
  if (inUse === dial.number) {
    show(link, { lastError: `${why.at}: ${why.message}` })
    options.onWarning(`${why.code} ${why.at}: ${why.message}`)
  }
  dial.peer?.hangUp(GOING_AWAY, why.message)
  const { number, retryAfter } = dial
  handle(link, { saw: 'lost', dial: number, jitter: options.random(), why, retryAfter })
}

function firstOf(faults: readonly Fault[], url: string): Fault {
  return faults[0] ?? fault('HUB_UNREACHABLE', url)
}
